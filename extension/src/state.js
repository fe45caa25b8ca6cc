// Everything that is remembered, and where. The worker may be ended at any moment: no state lives in variables.
//
//   storage.local    installKey, pairing, statusAt, and per marketplace  site:<name>  and  queue:<name>
//   storage.session  pending   (a pairing waiting for the seller's word; gone with the browser)
//
// Both are closed to content scripts (TRUSTED_CONTEXTS). Cookies are never stored; sealed sessions wait in queue:<name>.

import { alone } from './lock.js';

/** @typedef {import('./keys.js').PublicKey} PublicKey */
/**
 * @typedef {object} Pairing
 * @property {string} origin     of the API, as the browser told it
 * @property {string} token      can write and forget sessions, never read one
 * @property {string} userId
 * @property {string} signer     the pinned key of the worker
 * @property {PublicKey[]} keys  the first seals
 * @property {import('./direct.js').Project} [direct]  the way for sealed sessions while the API is away
 * @property {number} at
 * @property {string} [stopped]  why nothing is sent any more, in words
 */
/**
 * @typedef {object} SiteState
 * @property {number} connectedAt
 * @property {boolean | null} [hint]   signed in, by the cookies; null = cannot be told
 * @property {string} [digest]         of the login cookies last sent
 * @property {number} [sentAt]
 * @property {number | null} [runsOutAt]
 * @property {string[]} [refused]      names of cookies
 * @property {{code: string, message: string}} [problem]  of the last try
 * @property {ServerSession} [server]  what the server last said
 */
/** @typedef {{marketplace: string, status: string, account: string | null, captured_at: string, expires_at: string}} ServerSession */
/**
 * One per marketplace, the latest wins: a sealed session to put, or the wish to forget.
 * @typedef {object} Queued
 * @property {'put' | 'forget'} kind
 * @property {{key_id: string, sealed: string, captured_at: string, user_agent: string}} [body]
 * @property {string} [digest]
 * @property {number} failures
 * @property {number} [nextTryAt]
 * @property {string} [problem]
 */
/**
 * @typedef {{origin: string, code: string, at: number, signer?: string, fingerprint?: string, problem?: string,
 *   result?: 'allowing' | 'denied' | 'failed'}} Pending */

const { local, session } = chrome.storage;

/** @template T @param {string} key @returns {Promise<T | undefined>} */
const read = async (key) => /** @type {T | undefined} */ ((await local.get(key))[key]);

/** @returns {Promise<Pairing | undefined>} */
export const pairing = () => read('pairing');
/** @param {Pairing} value */
export const setPairing = (value) => local.set({ pairing: value });
export const removePairing = () => local.remove('pairing');

/** @param {string} name @returns {Promise<SiteState | undefined>} */
export const siteState = (name) => read(`site:${name}`);

/** Changes some fields; undefined removes one. Does nothing for a marketplace that is not connected.
 * @param {string} name @param {Partial<SiteState>} changes */
export async function updateSite(name, changes) {
  const former = await siteState(name);
  if (former) await local.set({ [`site:${name}`]: { ...former, ...changes } });
}

/** @param {string} name */
export async function connectSite(name) {
  if (!(await siteState(name))) await local.set({ [`site:${name}`]: { connectedAt: Date.now() } });
}

/** @param {string} name */
export const removeSite = (name) => local.remove([`site:${name}`, `queue:${name}`]);

/** @param {string} name @returns {Promise<Queued | undefined>} */
export const queued = (name) => read(`queue:${name}`);
/** @param {string} name @param {Queued} item */
export const setQueued = (name, item) => local.set({ [`queue:${name}`]: item });
/** @param {string} name */
export const removeQueued = (name) => local.remove(`queue:${name}`);

/** Marketplaces that are connected, and those with something queued. */
export async function names() {
  const keys = Object.keys(await local.get());
  /** @param {string} prefix */
  const those = (prefix) => keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return { connected: those('site:'), queued: those('queue:') };
}

/** The key of this install's digests; made once. @returns {Promise<Uint8Array<ArrayBuffer>>} */
export function installKey() {
  return alone('install-key', async () => {
    const stored = /** @type {number[] | undefined} */ (await read('installKey'));
    if (stored) return Uint8Array.from(stored);
    const made = crypto.getRandomValues(new Uint8Array(32));
    await local.set({ installKey: Array.from(made) });
    return made;
  });
}

/** @returns {Promise<Pending | undefined>} */
export const pending = async () => /** @type {Pending | undefined} */ ((await session.get('pending')).pending);
/** @param {Pending} value */
export const setPending = (value) => session.set({ pending: value });
export const removePending = () => session.remove('pending');

/** Closes both stores to anything but the extension's own pages and worker. */
export const closeToPages = () =>
  Promise.all([
    local.setAccessLevel({ accessLevel: 'TRUSTED_CONTEXTS' }),
    session.setAccessLevel({ accessLevel: 'TRUSTED_CONTEXTS' }),
  ]);
