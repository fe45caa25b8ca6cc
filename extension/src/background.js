// The service worker: listeners only, all at top level, so that any event may start it. Work and state are elsewhere.

import { updateBadge } from './badge.js';
import { MARKETPLACES } from './marketplaces.js';
import * as pairing from './pairing.js';
import * as state from './state.js';
import * as sync from './sync.js';

const OURSELVES = chrome.runtime.getURL('');

/** What the popup and the options page may ask for. @type {Record<string, (message: any) => Promise<unknown>>} */
const ORDERS = {
  allow: ({ at }) => pairing.allow(at),
  deny: () => pairing.deny(),
  pair: ({ address, code }) => pairing.begin(String(address), code),
  unpair: () => pairing.unpair(),
  connect: ({ marketplace }) => sync.connect(marketplace),
  sync: ({ marketplace }) => sync.sync(marketplace, 'asked'),
  forget: ({ marketplace }) => sync.forget(marketplace),
  refresh: () => sync.refreshStatus(),
};

/** What a web page named in `externally_connectable` may ask for. @type {Record<string, (origin: string, message: any) => Promise<unknown>>} */
const REQUESTS = {
  ping: async () => ({ version: chrome.runtime.getManifest().version }),
  pair: async (origin, { code }) => {
    await pairing.begin(origin, code); // the origin is the browser's word, not the page's
    return { state: 'waiting' };
  },
  'pairing-state': async (origin) => ({ state: await pairing.progress(origin) }),
};

/** @param {Promise<unknown> | undefined} work @param {(answer: unknown) => void} answer */
function reply(work, answer) {
  if (!work) {
    answer({ ok: false, error: { code: 'unknown', message: 'This is not something the extension does.' } });
    return false;
  }
  work.then(
    (result) => answer({ ok: true, .../** @type {object} */ (result ?? {}) }),
    (error) => answer({ ok: false, error: { code: 'failed', message: String(error?.message ?? error) } }),
  );
  return true; // the answer comes later
}

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  // only our own pages: a script inside a web page has our id, too, but not our address
  if (sender.id !== chrome.runtime.id || !sender.url?.startsWith(OURSELVES)) return false;
  const order = Object.hasOwn(ORDERS, message?.type) ? ORDERS[message.type] : undefined;
  return reply(order?.(message), answer);
});

chrome.runtime.onMessageExternal.addListener((message, sender, answer) => {
  // the top frame of a tab only: not another extension, not a frame inside someone else's page
  if (!sender.origin || sender.tab === undefined || sender.frameId !== 0) return false;
  const request = Object.hasOwn(REQUESTS, message?.type) ? REQUESTS[message.type] : undefined;
  return reply(request?.(sender.origin, message), answer);
});

chrome.cookies.onChanged.addListener((change) => void sync.cookieChanged(change));
chrome.alarms.onAlarm.addListener((alarm) => void sync.alarmRang(alarm));
chrome.storage.onChanged.addListener(() => void updateBadge());
chrome.permissions.onAdded.addListener((added) => {
  // Chrome may close the popup to ask for the permission; the popup left word which marketplace it was for
  void chrome.storage.session.get('wanted').then(async ({ wanted }) => {
    const site = MARKETPLACES.find(({ name }) => name === wanted);
    if (!site || !site.hosts.some((host) => added.origins?.includes(host))) return;
    await chrome.storage.session.remove('wanted');
    await sync.connect(site.name);
  });
});

chrome.runtime.onStartup.addListener(() => void sync.browserStarted());
chrome.runtime.onInstalled.addListener(() => void sync.restoreAlarms());

void state.closeToPages();
void sync.restoreAlarms();
void updateBadge();
