// The popup: shows what is stored, and passes the seller's presses on. The names of its elements are in popup.html.

import { MARKETPLACES } from './marketplaces.js';
import * as state from './state.js';
import { describe } from './status.js';
import { PAIRING_LASTS } from './timing.js';

/** @typedef {import('./marketplaces.js').Marketplace} Marketplace */

/** @template {HTMLElement} T @param {string} selector @param {ParentNode} [within] @returns {T} */
const $ = (selector, within = document) => /** @type {T} */ (within.querySelector(selector));

/** @param {string} text @param {boolean} [good] */
function say(text, good = false) {
  $('#message').textContent = text;
  $('#message').hidden = !text;
  $('#message').classList.toggle('good', good);
}

/**
 * Sends an order to the worker; its failure is said, not thrown.
 * @param {{type: string, [key: string]: unknown}} order @returns {Promise<boolean>}
 */
async function ask(order) {
  say('');
  const answer = await chrome.runtime.sendMessage(order);
  if (!answer?.ok) say(answer?.error?.message ?? 'That did not work.');
  return Boolean(answer?.ok);
}

/** @param {HTMLButtonElement} button @param {() => Promise<unknown>} work */
async function busy(button, work) {
  button.disabled = true;
  try {
    await work();
  } finally {
    button.disabled = false;
  }
}

// ---- pairing

/** The request that is shown, so that Allow allows this one and no other. */
let shown = 0;

async function showPairing() {
  const asked = await state.pending();
  const open = Boolean(asked && !asked.result && Date.now() - asked.at < PAIRING_LASTS);
  $('#pairing').hidden = !open;
  shown = open && asked ? asked.at : 0;
  if (!open || !asked) return;
  $('#pairing-origin').textContent = asked.origin;
  $('#pairing-key').textContent = asked.fingerprint ?? asked.problem ?? 'Asking…';
  $('#pairing-key').classList.toggle('bad', Boolean(asked.problem));
  $('#pairing-hint').textContent = asked.problem
    ? 'It cannot be connected without its key. Start again on its page.'
    : 'Allow it only if you started this yourself. The worker prints the same key.';
  $('#allow').toggleAttribute('disabled', !asked.fingerprint);
}

$('#allow').addEventListener('click', async () => {
  const at = shown;
  $('#allow').toggleAttribute('disabled', true);
  if (await ask({ type: 'allow', at })) say('Connected. Now connect your marketplaces.', true);
  await render();
});
$('#deny').addEventListener('click', () => ask({ type: 'deny' }));

async function showConnection() {
  const paired = await state.pairing();
  const open = !$('#pairing').hidden;
  const connection = $('#connection');
  connection.dataset.state = !paired ? 'none' : paired.stopped ? 'stopped' : 'paired';
  connection.textContent = !paired
    ? 'Not connected'
    : paired.stopped
      ? `Not connected to ${paired.origin} any more`
      : `Connected to ${paired.origin}`;
  $('#start').hidden = Boolean(paired) || open;
  $('#stopped').hidden = !paired?.stopped || open;
  $('#stopped-why').textContent = paired?.stopped ?? '';
  return paired;
}

// ---- marketplaces

/** @param {HTMLElement} row @param {'review' | 'confirm' | null} panel */
function open(row, panel) {
  $('.review', row).hidden = panel !== 'review';
  $('.confirm', row).hidden = panel !== 'confirm';
  $('[data-action=review]', row).setAttribute('aria-expanded', String(panel === 'review'));
  if (panel) $(panel === 'review' ? '[data-action=connect]' : '[data-action=forget-confirm]', row).focus();
}

/** @param {Marketplace} site */
async function connect(site) {
  // First thing in the click, or Chrome refuses to ask. It may close this popup to ask: the worker then goes on by
  // what is left in storage.
  void chrome.storage.session.set({ wanted: site.name });
  const granted = granting.get(site.name) || (await chrome.permissions.request({ origins: site.hosts }));
  if (!granted) {
    say(`Without that permission ${site.displayName} cannot be connected.`);
    return;
  }
  if (await ask({ type: 'connect', marketplace: site.name })) await chrome.storage.session.remove('wanted');
}

/** @type {Map<string, boolean>} which hosts Chrome allows by now */
const granting = new Map();

/** @param {Marketplace} site */
function addRow(site) {
  const fragment = /** @type {HTMLTemplateElement} */ ($('#row')).content.cloneNode(true);
  const row = /** @type {HTMLElement} */ (/** @type {DocumentFragment} */ (fragment).firstElementChild);
  row.dataset.marketplace = site.name;
  row.style.setProperty('--site', site.color);
  $('.letter', row).textContent = site.displayName[0].toUpperCase();
  $('h2', row).textContent = site.displayName;
  $('.taken', row).textContent =
    `Your signed-in session: the cookies of ${site.domains.join(' and ')}, what its open tab stores, and your browser’s name, ` +
    'languages and time zone. Sealed here; used only to post your listings; renewed while you stay signed in.';
  $('.terms', row).textContent = site.terms;
  $('[data-action=connect]', row).textContent = `Connect ${site.displayName}`;
  $('[data-action=review]', row).setAttribute('aria-label', `Connect ${site.displayName}…`);
  $('[data-action=sync]', row).setAttribute('aria-label', `Sync ${site.displayName} now`);
  $('[data-action=forget]', row).setAttribute('aria-label', `Forget ${site.displayName}`);
  $('[data-action=forget]', row).title = `Forget ${site.displayName}`;
  const visit = /** @type {HTMLAnchorElement} */ ($('.visit', row));
  visit.href = site.signInUrl;
  visit.textContent = `Open ${site.displayName}`;
  $('.ask', row).textContent =
    `Delete your ${site.displayName} session from the worker, and stop syncing it? You stay signed in here, and your listings stay.`;
  $('[data-action=forget-confirm]', row).textContent = `Forget ${site.displayName}`;
  row.addEventListener('click', (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {HTMLElement} */ (event.target).closest('[data-action]'));
    const order = { marketplace: site.name };
    switch (button?.dataset.action) {
      case 'review':
        return open(row, $('.review', row).hidden ? 'review' : null);
      case 'review-cancel':
      case 'forget-cancel':
        return open(row, null);
      case 'connect':
        return void busy(button, () => connect(site).then(() => open(row, null)));
      case 'sync':
        return void busy(button, () => ask({ type: 'sync', ...order }));
      case 'forget':
        return open(row, 'confirm');
      case 'forget-confirm':
        return void busy(button, () => ask({ type: 'forget', ...order }).then(() => open(row, null)));
    }
  });
  row.addEventListener('keydown', (event) => {
    const isOpen = !$('.review', row).hidden || !$('.confirm', row).hidden;
    if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      open(row, null);
    }
  });
  $('#marketplaces').append(row);
}

/** @param {Marketplace} site @param {import('./state.js').Pairing | undefined} pairing */
async function showSite(site, pairing) {
  const row = $(`[data-marketplace=${site.name}]`);
  const [known, queued, permitted] = await Promise.all([
    state.siteState(site.name),
    state.queued(site.name),
    chrome.permissions.contains({ origins: site.hosts }),
  ]);
  granting.set(site.name, permitted);
  const { code, words, tone } = describe(site, { known, queued, permitted, pairing, now: Date.now() });
  const status = $('.status', row);
  if (status.textContent !== words) status.textContent = words;
  status.dataset.status = code;
  status.dataset.tone = tone;
  status.title = known?.sentAt ? `Last synced ${new Date(known.sentAt).toLocaleString()}` : '';
  $('.visit', row).hidden = !(code === 'signed_out' || (code === 'synced' && tone === 'attention'));
  const able = Boolean(pairing && !pairing.stopped);
  const off = code === 'off' || code === 'permission';
  $('[data-action=review]', row).hidden = !off;
  $('[data-action=review]', row).toggleAttribute('disabled', !able);
  if (!off || !able) $('.review', row).hidden = true;
  $('[data-action=sync]', row).hidden = off || code === 'forgetting';
  $('[data-action=sync]', row).toggleAttribute('disabled', !able || code === 'syncing');
  $('[data-action=forget]', row).hidden = !known || code === 'forgetting';
  if (!known) $('.confirm', row).hidden = true;
}

/** @type {Marketplace[]} */
let rows = [];

async function render() {
  await showPairing();
  const pairing = await showConnection();
  await Promise.all(rows.map((site) => showSite(site, pairing)));
}

async function start() {
  const { connected } = await state.names();
  rows = MARKETPLACES.filter((site) => site.offered || connected.includes(site.name));
  rows.forEach(addRow);
  chrome.storage.onChanged.addListener(() => void render());
  chrome.permissions.onAdded.addListener(() => void render());
  chrome.permissions.onRemoved.addListener(() => void render());
  setInterval(() => void render(), 30_000); // the words about time
  await render();
  document.body.dataset.ready = 'true';
  void chrome.runtime.sendMessage({ type: 'refresh' });
}

void start();
