// From a changed cookie to a sealed session at the server, whatever happens in between.
//
// A change starts one alarm; the alarm captures, compares a digest, seals, and queues (one per marketplace, the latest
// wins); the queue is flushed until the server has it. Alarms and storage outlive the worker, timers do not. One lock
// per marketplace keeps its steps in order, also between the worker and a page.

import { ApiError, Unreachable, request } from './api.js';
import { nextTry } from './backoff.js';
import { capture, cookiesOf, permitted } from './capture.js';
import { belongsTo, digest, runsOutAt, seemsSignedIn } from './cookies.js';
import { putDirectly } from './direct.js';
import { KeysRefused, checkKeys, sealFor } from './keys.js';
import { alone } from './lock.js';
import { MARKETPLACES, marketplace } from './marketplaces.js';
import * as state from './state.js';
import {
  AFTER_CHANGE,
  ASK_EVERY,
  BETWEEN_SYNCS,
  RENEW_EVERY,
  REQUEST_TIMEOUT,
  SEND_AGAIN_AFTER,
  SEND_ANYWAY_AFTER,
} from './timing.js';

/** @typedef {import('./marketplaces.js').Marketplace} Marketplace */

/** @template T @param {string} name @param {() => Promise<T>} work */
const inTurn = (name, work) => alone(`site:${name}`, work);

/** @param {string} name @param {number} milliseconds */
const wake = (name, milliseconds) => chrome.alarms.create(name, { when: Date.now() + milliseconds });

/** A cookie changed: sync soon, once. Later changes do not push the alarm away. @param {{cookie: chrome.cookies.Cookie}} change */
export async function cookieChanged(change) {
  const site = MARKETPLACES.find((each) => belongsTo(change.cookie.domain, each));
  if (!site) return;
  const known = await state.siteState(site.name);
  if (!known || (await chrome.alarms.get(`sync:${site.name}`))) return;
  // somebody who seemed signed out may just have signed in: that cannot wait
  const gap = known.hint === false || known.server?.status === 'signed_out' ? 0 : BETWEEN_SYNCS;
  await wake(`sync:${site.name}`, Math.max(AFTER_CHANGE, (known.sentAt ?? 0) + gap - Date.now()));
}

/** @param {chrome.alarms.Alarm} alarm */
export async function alarmRang(alarm) {
  const [what, name] = alarm.name.split(':');
  if (what === 'sync') await sync(name, 'changed');
  if (what === 'flush') await inTurn(name, () => flush(name));
  if (what === 'renew') {
    for (const connected of (await state.names()).connected) await sync(connected, 'renew');
  }
  if (what === 'ask') await refreshStatus().catch(() => undefined); // unreachable: the next time will do
}

/** The browser started: what changed while we were not there? */
export async function browserStarted() {
  await restoreAlarms();
  for (const name of (await state.names()).connected) await wake(`sync:${name}`, AFTER_CHANGE);
}

/** Alarms may be lost with a browser restart or an update: whatever is due gets its alarm again. */
export async function restoreAlarms() {
  for (const [name, period] of /** @type {[string, number][]} */ ([['renew', RENEW_EVERY], ['ask', ASK_EVERY]])) {
    const minutes = period / 60_000;
    if (!(await chrome.alarms.get(name))) {
      await chrome.alarms.create(name, { delayInMinutes: minutes, periodInMinutes: minutes });
    }
  }
  for (const name of (await state.names()).queued) {
    const item = await state.queued(name);
    if (item && !(await chrome.alarms.get(`flush:${name}`))) {
      await wake(`flush:${name}`, Math.max((item.nextTryAt ?? 0) - Date.now(), 1000));
    }
  }
}

/** The seller connected a marketplace, and Chrome granted its hosts. @param {string} name */
export async function connect(name) {
  const site = marketplace(name);
  if (!(await permitted(site))) throw new Error(`Chrome has not allowed access to ${site.displayName}.`);
  await inTurn(name, async () => {
    if ((await state.queued(name))?.kind === 'forget') await state.removeQueued(name);
    await state.connectSite(name);
  });
  await sync(name, 'connected');
}

/**
 * Looks at the cookies and sends them if they matter.
 * @param {string} name
 * @param {'changed' | 'renew' | 'connected' | 'asked' | 'distrusted'} why 'asked' always sends; 'renew' unless signed
 *   out; 'distrusted' (the server holds it for signed out) what is new or an hour old; the others only what is new
 */
export const sync = (name, why) =>
  inTurn(name, async () => {
    const site = marketplace(name);
    const known = await state.siteState(name);
    const paired = await state.pairing();
    if (!known || !paired || paired.stopped) return;
    const before = await state.queued(name);
    if (before?.kind === 'forget') return;
    if (!(await permitted(site))) {
      // an empty list of cookies would not mean "signed out"
      const message = `Chrome does not allow access to ${site.displayName} any more. Connect it again.`;
      await state.updateSite(name, { problem: { code: 'permission', message } });
      return;
    }
    const cookies = await cookiesOf(site);
    const hint = seemsSignedIn(cookies, site);
    const print = await digest(cookies, site, await state.installKey());
    await state.updateSite(name, { hint, runsOutAt: runsOutAt(cookies, site) });
    if (!cookies.length || (hint === false && why !== 'asked')) return; // shown; never deleted on the server by itself
    const patience = why === 'distrusted' ? SEND_AGAIN_AFTER : SEND_ANYWAY_AFTER;
    const fresh = known.digest === print && Date.now() - (known.sentAt ?? 0) < patience;
    if (why !== 'asked' && why !== 'renew' && (fresh || before?.digest === print)) return;
    await sealAndQueue(site, paired, cookies, print);
    await flush(name);
  });

/**
 * @param {Marketplace} site @param {import('./state.js').Pairing} paired
 * @param {import('./cookies.js').SessionCookie[]} cookies @param {string} print
 */
async function sealAndQueue(site, paired, cookies, print) {
  const session = await capture(site, cookies);
  const key = paired.keys[0];
  const sealed = await sealFor(key, paired.userId, site.name, session);
  const body = { key_id: key.key_id, sealed, captured_at: session.capturedAt, user_agent: session.userAgent };
  await state.setQueued(site.name, { kind: 'put', body, digest: print, failures: 0 });
}

/** Sends what is queued for one marketplace. Only under its lock. @param {string} name @param {boolean} [keysAreNew] */
async function flush(name, keysAreNew = false) {
  const item = await state.queued(name);
  const paired = await state.pairing();
  if (!item || !paired || paired.stopped) return;
  // should the worker end before the answer, this wakes the next one
  await wake(`flush:${name}`, REQUEST_TIMEOUT + nextTry(item.failures + 1));
  try {
    if (item.kind === 'forget') {
      await forgetAtServer(paired, name);
    } else {
      await delivered(name, item, await put(paired, name, item));
    }
  } catch (error) {
    await failed(name, item, error, keysAreNew);
  }
}

/**
 * To the API; while that is away, straight to the project, if the pairing named one.
 * @param {import('./state.js').Pairing} paired @param {string} name @param {import('./state.js').Queued} item
 */
async function put(paired, name, item) {
  try {
    return await request(paired.origin, 'PUT', `/api/sessions/${name}`, { token: paired.token, body: item.body });
  } catch (error) {
    const away = error instanceof Unreachable || (error instanceof ApiError && error.status >= 500);
    if (!away || !paired.direct || !item.body) throw error;
    try {
      return await putDirectly(paired.direct, paired.token, name, item.body);
    } catch (other) {
      // neither has it: what the API said counts, unless the project knows better
      throw other instanceof ApiError && other.status < 500 ? other : error;
    }
  }
}

/** @param {string} name @param {import('./state.js').Queued} item @param {import('./state.js').ServerSession} [row] */
async function delivered(name, item, row) {
  await state.updateSite(name, {
    digest: item.digest,
    sentAt: Date.now(),
    problem: undefined,
    ...(row?.marketplace === name ? { server: row } : {}),
  });
  await dequeue(name);
}

/** @param {string} name @param {import('./state.js').Queued} item @param {unknown} error @param {boolean} keysAreNew */
async function failed(name, item, error, keysAreNew) {
  if (error instanceof ApiError) {
    if (error.status === 401 || error.status === 403) return stop('The server does not know this browser any more. Connect it again.');
    if (error.status === 409 && error.code === 'stale_session') return delivered(name, item); // it has a newer one
    if (error.status === 409 && !keysAreNew) return sealAgain(name);
    if (error.status < 500 && ![408, 409, 425, 429].includes(error.status)) {
      // trying the same again would not help
      await state.updateSite(name, { problem: { code: error.code, message: error.message } });
      return dequeue(name);
    }
  } else if (error instanceof KeysRefused) {
    return stop(error.message);
  }
  const failures = item.failures + 1;
  const wait = nextTry(failures, error instanceof ApiError ? error.retryAfter : null);
  const problem = error instanceof Error ? error.message : String(error);
  await state.setQueued(name, { ...item, failures, nextTryAt: Date.now() + wait, problem });
  await wake(`flush:${name}`, wait);
}

/** The key was retired: fetch the list again, check it against the pin, capture again, send. @param {string} name */
async function sealAgain(name) {
  const former = await state.queued(name);
  try {
    const paired = await refreshKeys();
    const site = marketplace(name);
    const cookies = await cookiesOf(site);
    await sealAndQueue(site, paired, cookies, await digest(cookies, site, await state.installKey()));
  } catch (error) {
    if (former) await failed(name, former, error, true);
    return;
  }
  await flush(name, true);
}

/** @returns {Promise<import('./state.js').Pairing>} */
const refreshKeys = () =>
  alone('keys', async () => {
    const paired = await state.pairing();
    if (!paired) throw new KeysRefused('This browser is not connected.');
    const list = await request(paired.origin, 'GET', '/api/extension/keys', { token: paired.token });
    const updated = { ...paired, ...(await checkKeys(list, paired.signer)) };
    await state.setPairing(updated);
    return updated;
  });

/** Nothing is sent any more until the seller pairs again. @param {string} why */
async function stop(why) {
  const paired = await state.pairing();
  if (paired) await state.setPairing({ ...paired, stopped: why });
  for (const name of (await state.names()).queued) {
    if ((await state.queued(name))?.kind === 'forget') await forgetHere(name); // as much of the wish as is left
    else await dequeue(name);
  }
}

/** @param {string} name */
async function dequeue(name) {
  await state.removeQueued(name);
  await chrome.alarms.clear(`flush:${name}`);
}

/** The seller wants a marketplace forgotten: on the server first, then here. @param {string} name */
export const forget = (name) =>
  inTurn(name, async () => {
    marketplace(name);
    const paired = await state.pairing();
    if (!paired || paired.stopped) return forgetHere(name);
    await state.setQueued(name, { kind: 'forget', failures: 0 });
    await flush(name);
  });

/** @param {import('./state.js').Pairing} paired @param {string} name */
async function forgetAtServer(paired, name) {
  try {
    await request(paired.origin, 'DELETE', `/api/sessions/${name}`, { token: paired.token });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error; // 404: nothing there, as wished
  }
  await forgetHere(name);
}

/** @param {string} name */
async function forgetHere(name) {
  await state.removeSite(name);
  for (const alarm of [`sync:${name}`, `flush:${name}`]) await chrome.alarms.clear(alarm);
  try {
    await chrome.permissions.remove({ origins: marketplace(name).hosts });
  } catch {
    // hosts granted by the manifest itself (a managed or test build) stay
  }
}

/** What the server and the worker know of our sessions. */
export async function refreshStatus() {
  const paired = await state.pairing();
  if (!paired || paired.stopped) return;
  try {
    const { sessions } = await request(paired.origin, 'GET', '/api/extension/status', { token: paired.token });
    for (const name of (await state.names()).connected) {
      const row = sessions.find((/** @type {{marketplace: string}} */ each) => each.marketplace === name);
      await inTurn(name, () => state.updateSite(name, { server: row }));
      if (row?.status === 'signed_out') await sync(name, 'distrusted');
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) {
      await stop('The server does not know this browser any more. Connect it again.');
    } else throw error;
  }
}
