// Settings: which worker this browser is connected to, and the typed way of connecting.

import { fingerprint } from './bytes.js';
import * as state from './state.js';

/** @template {HTMLElement} T @param {string} selector @returns {T} */
const $ = (selector) => /** @type {T} */ (document.querySelector(selector));

/** @param {string} text @param {boolean} good */
function say(text, good) {
  $('#message').textContent = text;
  $('#message').hidden = !text;
  $('#message').classList.toggle('good', good);
}

async function render() {
  const paired = await state.pairing();
  $('#paired').hidden = !paired;
  if (!paired) return;
  $('#origin').textContent = paired.origin;
  $('#key').textContent = await fingerprint(paired.signer);
  $('#since').textContent = new Date(paired.at).toLocaleString();
}

$('#typed').addEventListener('submit', async (event) => {
  event.preventDefault();
  const address = /** @type {HTMLInputElement} */ ($('#address')).value.trim();
  const code = /** @type {HTMLInputElement} */ ($('#code')).value.trim();
  $('#ask').toggleAttribute('disabled', true);
  const answer = await chrome.runtime.sendMessage({ type: 'pair', address, code });
  $('#ask').toggleAttribute('disabled', false);
  if (answer.ok) say('Now open the extension’s popup and press Allow.', true);
  else say(answer.error.message, false);
});

$('#unpair').addEventListener('click', async () => {
  await chrome.runtime.sendMessage({ type: 'unpair' });
  say('Disconnected. This browser sends nothing any more.', true);
});

chrome.storage.onChanged.addListener(() => void render());
void render();
