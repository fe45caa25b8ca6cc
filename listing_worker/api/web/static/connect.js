// Pairs the extension: asks the API for a one-time code, hands it to the extension, waits for the seller's Allow.

import { Refused, request } from './session.js';

const card = /** @type {HTMLElement} */ (document.getElementById('pairing'));
const sentence = /** @type {HTMLElement} */ (document.getElementById('state'));
const hint = /** @type {HTMLElement} */ (document.getElementById('hint'));
const again = /** @type {HTMLButtonElement} */ (document.getElementById('again'));
const install = /** @type {HTMLElement} */ (document.getElementById('install-steps'));
const IDS = (card.dataset.extensionIds ?? '').split(' ').filter(Boolean);
const LOOK_EVERY = 500; // ms between questions whether Allow was pressed; the extension cannot call a page back

/** @param {string} state @param {string} text @param {string} [more] */
function show(state, text, more = '') {
  card.dataset.state = state;
  sentence.textContent = text;
  hint.textContent = more;
  again.hidden = ['starting', 'waiting', 'paired'].includes(state);
  install.hidden = state !== 'missing';
}

/** One message to the extension; null if there is none of this id. @param {string} id @param {object} message */
function send(id, message) {
  return new Promise((resolve) => {
    const runtime = globalThis.chrome?.runtime;
    if (!runtime?.sendMessage) {
      resolve(null); // no installed extension lets this page speak to it
      return;
    }
    try {
      runtime.sendMessage(id, message, (answer) => resolve(runtime.lastError ? null : (answer ?? null)));
    } catch {
      resolve(null);
    }
  });
}

async function findExtension() {
  for (const id of IDS) {
    if (await send(id, { type: 'ping' })) return id;
  }
  return null;
}

async function pair() {
  show('starting', 'Looking for the extension…');
  const id = await findExtension();
  if (!id) {
    show('missing', 'The extension is not installed in this browser.', 'Install it, then try again.');
    return;
  }
  const { code } = await request('POST', '/api/extension/pairings');
  const answer = await send(id, { type: 'pair', code });
  if (!answer?.ok) {
    show('failed', 'The extension did not take the code.', answer?.error?.message ?? 'Try again.');
    return;
  }
  show('waiting', 'Now press Allow in the extension.', 'If its window is not open, click its icon in the toolbar.');
  await waitForAllow(id);
}

/** @param {string} id */
async function waitForAllow(id) {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    const answer = await send(id, { type: 'pairing-state' });
    if (answer?.state === 'waiting') continue;
    if (answer?.state === 'paired') {
      show('paired', 'Connected.', 'You can close this page.');
    } else if (answer?.state === 'denied') {
      show('denied', 'You pressed Deny in the extension. Nothing was connected.');
    } else {
      show('failed', 'The request to connect has run out.', 'Try again.');
    }
    return;
  }
}

async function run() {
  try {
    await pair();
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      location.assign('/sign-in?next=/connect');
    } else {
      show('failed', error instanceof Refused ? error.message : 'The server does not answer.', 'Try again.');
    }
  }
}

again.addEventListener('click', () => void run());
void run();
