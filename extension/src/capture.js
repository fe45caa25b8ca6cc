// A marketplace's session as it stands in this browser right now.

import { toSession } from './cookies.js';

/** @typedef {import('./marketplaces.js').Marketplace} Marketplace */
/** @typedef {import('./cookies.js').SessionCookie} SessionCookie */
/** @typedef {{origin: string, localStorage: Record<string, string>, sessionStorage: Record<string, string>}} OriginStorage */
/**
 * The plaintext that is sealed: models.Session of the worker.
 * @typedef {{version: 1, marketplace: string, capturedAt: string, cookies: SessionCookie[], origins: OriginStorage[],
 *   userAgent: string, languages: string[], timeZone: string}} Session
 */

const STORAGE_LIMIT = 512 * 1024; // characters per origin; the largest entries go first
const TAB_PATIENCE = 2000; // ms; a frozen tab never answers

/** @param {Marketplace} site */
export const permitted = (site) => chrome.permissions.contains({ origins: site.hosts });

/**
 * All cookies of the site in creation order: every path and sub-domain, partitioned ones included (an empty
 * partitionKey means all partitions; leaving it out would leave them out).
 * @param {Marketplace} site @returns {Promise<SessionCookie[]>}
 */
export async function cookiesOf(site) {
  const lists = await Promise.all(site.domains.map((domain) => chrome.cookies.getAll({ domain, partitionKey: {} })));
  return lists.flat().map(toSession);
}

/**
 * Reads inside a page, in our isolated world. Serialised by Chrome: may use nothing from outside.
 * @param {number} limit @returns {OriginStorage}
 */
function readStorage(limit) {
  /** @param {Storage} storage */
  const entries = (storage) => {
    const sorted = Object.entries(storage).sort((a, b) => a[1].length - b[1].length);
    let room = limit;
    return Object.fromEntries(sorted.filter(([key, value]) => (room -= key.length + value.length) >= 0));
  };
  return { origin: location.origin, localStorage: entries(localStorage), sessionStorage: entries(sessionStorage) };
}

/**
 * localStorage and sessionStorage of open tabs of the site, the most recently used tab of each origin. No tab is
 * opened behind the seller's back: without one the cookies go alone.
 * @param {Marketplace} site @returns {Promise<OriginStorage[]>}
 */
export async function storageOf(site) {
  const tabs = (await chrome.tabs.query({ url: site.hosts })).filter((tab) => !tab.discarded && tab.status !== 'unloaded');
  tabs.sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0));
  const read = await Promise.all(
    tabs.map(async (tab) => {
      try {
        const results = await Promise.race([
          chrome.scripting.executeScript({
            target: { tabId: /** @type {number} */ (tab.id) },
            func: /** @type {() => void} */ (/** @type {unknown} */ (readStorage)),
            args: [STORAGE_LIMIT],
          }),
          new Promise((resolve) => setTimeout(resolve, TAB_PATIENCE)),
        ]);
        return /** @type {any} */ (results)?.[0]?.result ?? null;
      } catch {
        return null; // an error page, or the tab went away
      }
    }),
  );
  /** @type {Map<string, OriginStorage>} */
  const byOrigin = new Map();
  for (const found of read) {
    const something = found && (Object.keys(found.localStorage).length || Object.keys(found.sessionStorage).length);
    if (something && found.origin.startsWith('https://') && !byOrigin.has(found.origin)) byOrigin.set(found.origin, found);
  }
  return [...byOrigin.values()];
}

/**
 * The whole session. Never stored, only sealed.
 * @param {Marketplace} site @param {SessionCookie[]} [cookies] if already read
 * @returns {Promise<Session>}
 */
export async function capture(site, cookies) {
  return {
    version: 1,
    marketplace: site.name,
    capturedAt: new Date().toISOString(),
    cookies: cookies ?? (await cookiesOf(site)),
    origins: await storageOf(site),
    userAgent: navigator.userAgent,
    languages: [...navigator.languages],
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}
