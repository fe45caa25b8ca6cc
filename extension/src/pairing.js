// Connecting this browser to the seller's API: asked for by a web page, allowed only by the seller in the popup.
//
// The page gives nothing but a one-time code. The API's address is the page's origin as the browser tells it, and the
// worker's signing key, shown before Allow, is pinned.

import { ApiError, apiOrigin, request } from './api.js';
import { fingerprint } from './bytes.js';
import { projectOf } from './direct.js';
import { KeysRefused, checkKeys } from './keys.js';
import * as state from './state.js';
import { sync } from './sync.js';
import { PAIRING_LASTS } from './timing.js';

const CODE = /^[A-Za-z0-9_-]{6,128}$/;

/** @returns {Promise<import('./state.js').Pending | undefined>} undefined if none, or too old */
export async function waiting() {
  const found = await state.pending();
  return found && !found.result && Date.now() - found.at < PAIRING_LASTS ? found : undefined;
}

/**
 * A page (or the options page) wants to pair. Nothing happens before the seller presses Allow.
 * @param {string} address @param {unknown} code
 */
export async function begin(address, code) {
  const origin = apiOrigin(address);
  if (typeof code !== 'string' || !CODE.test(code)) throw new Error('That is not a pairing code.');
  const at = Date.now();
  /** @type {import('./state.js').Pending} */
  let found = { origin, code, at };
  await state.setPending(found);
  try {
    const { signer } = await checkKeys(await request(origin, 'GET', '/api/extension/keys'), null);
    found = { ...found, signer, fingerprint: await fingerprint(signer) };
  } catch (error) {
    found = { ...found, problem: error instanceof Error ? error.message : String(error) };
  }
  if ((await state.pending())?.at === at) await state.setPending(found); // unless another one came meanwhile
  try {
    await chrome.action.openPopup();
  } catch {
    // no window in front: the badge asks for a click
  }
}

/**
 * The seller pressed Allow: the code becomes a token, the signer is pinned, all connected marketplaces are sent anew.
 * @param {number} at of the request that the seller saw: another page may have asked in the meantime
 */
export async function allow(at) {
  const asked = await waiting();
  if (asked && asked.at !== at) throw new Error('Another page asked to connect just now. Look again, then allow.');
  if (!asked) throw new Error('The request to connect has run out. Start again on the web page.');
  if (!asked.signer) throw new Error(asked.problem ?? 'The worker’s key is not known yet. Start again on the web page.');
  const settled = { origin: asked.origin, code: '', at: asked.at }; // a code is used once
  await state.setPending({ ...settled, result: 'allowing' });
  try {
    await redeem(asked, asked.signer);
    await state.removePending();
  } catch (error) {
    await state.setPending({ ...settled, result: 'failed' });
    throw error;
  }
  await Promise.all((await state.names()).connected.map((name) => sync(name, 'connected')));
}

/**
 * Trades the code for a token, and checks that the keys which come with it are those the seller was shown.
 * @param {import('./state.js').Pending} asked @param {string} shown the signer
 */
async function redeem(asked, shown) {
  let answer;
  try {
    answer = await request(asked.origin, 'POST', '/api/extension/token', {
      body: { code: asked.code, device: deviceName() },
    });
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) throw new Error(`Not connected: ${error.message}`);
    throw error;
  }
  const { token, user_id: userId, keys: list, direct } = answer ?? {};
  if (typeof token !== 'string' || typeof userId !== 'string') throw new Error('The server’s answer is incomplete.');
  const { keys, signer } = await checkKeys(list, shown);
  if (signer !== shown) throw new KeysRefused('The server changed its key while you were connecting.');
  const { connected, queued } = await state.names();
  for (const name of queued) await state.removeQueued(name); // sealed for whomever it was before
  for (const name of connected) {
    await state.updateSite(name, { digest: undefined, sentAt: undefined, server: undefined, problem: undefined });
  }
  const project = projectOf(direct);
  const paired = { origin: asked.origin, token, userId, signer, keys, at: Date.now() };
  await state.setPairing(project ? { ...paired, direct: project } : paired);
}

export async function deny() {
  const asked = await state.pending();
  if (asked) await state.setPending({ origin: asked.origin, code: '', at: asked.at, result: 'denied' });
}

/** What a page may know about its own request. @param {string} origin */
export async function progress(origin) {
  const asked = await state.pending();
  if (asked?.origin === origin) {
    if (asked.result === 'denied' || asked.result === 'failed') return asked.result;
    return Date.now() - asked.at < PAIRING_LASTS ? 'waiting' : 'expired';
  }
  const paired = await state.pairing();
  return paired?.origin === origin && !paired.stopped ? 'paired' : 'none';
}

/** This browser sends nothing any more. What the server has stays there: forget the marketplaces first. */
export async function unpair() {
  for (const name of (await state.names()).queued) await state.removeQueued(name);
  await state.removePairing();
}

/** "Chrome on Linux": how the seller will recognise this browser in a list. */
export function deviceName() {
  const data = /** @type {any} */ (navigator).userAgentData;
  const brands = /** @type {{brand: string}[]} */ (data?.brands ?? []).map(({ brand }) => brand);
  const known = ['Microsoft Edge', 'Opera', 'Brave', 'Vivaldi', 'Google Chrome', 'Chromium'];
  const brand = known.find((name) => brands.includes(name)) ?? 'Chrome';
  return data?.platform ? `${brand} on ${data.platform}` : brand;
}
