// The worker's signed key list: what may be sealed for, and the pin that keeps anyone else's keys out.

import { decode, encode, sha256, utf8 } from './bytes.js';
import { seal } from './hpke.js';

/** @typedef {{key_id: string, public_key: string}} PublicKey */
/** @typedef {{signer: string, signature: string}} Endorsement */
/** @typedef {{version: number, keys: PublicKey[], signer: string, signature: string, endorsements?: Endorsement[]}} KeyList */

const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The key list cannot be trusted; the message is fit for the seller's eyes. */
export class KeysRefused extends Error {}

/** The bytes that are signed: the same compact JSON that the worker builds. @param {KeyList} list */
export const signedBytes = (list) =>
  utf8(
    JSON.stringify({
      version: list.version,
      keys: list.keys.map((key) => ({ key_id: key.key_id, public_key: key.public_key })),
      signer: list.signer,
    }),
  );

/** @param {string} signer @param {string} signature @param {import('./bytes.js').Bytes} message */
async function signatureFits(signer, signature, message) {
  try {
    const key = await crypto.subtle.importKey('raw', decode(signer), { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify({ name: 'Ed25519' }, key, decode(signature), message);
  } catch {
    return false;
  }
}

/**
 * Checks a key list against the pinned signer (null: nothing pinned yet, at pairing).
 *
 * After a rotation the list has a new signer; it is accepted if the pinned one vouches for it, and the caller then
 * pins the new one. Everything else throws KeysRefused: better no sync than one that a stranger can read.
 * @param {unknown} document
 * @param {string | null} pinned
 * @returns {Promise<{keys: PublicKey[], signer: string}>}
 */
export async function checkKeys(document, pinned) {
  const list = /** @type {KeyList} */ (document);
  if (!list || list.version !== 1 || !Array.isArray(list.keys) || !list.keys.length || typeof list.signer !== 'string') {
    throw new KeysRefused('The server sent no key list that this version understands.');
  }
  for (const key of list.keys) {
    let expected = '';
    try {
      expected = encode((await sha256(decode(key?.public_key))).subarray(0, 9));
    } catch {
      // not base64url: refused below
    }
    if (!expected || expected !== key.key_id) throw new KeysRefused('A key in the server’s list is malformed.');
  }
  const message = signedBytes(list);
  if (!(await signatureFits(list.signer, list.signature, message))) {
    throw new KeysRefused('The server’s key list is not signed as it should be.');
  }
  if (pinned !== null && pinned !== list.signer) {
    const vouched = (list.endorsements ?? []).find((endorsement) => endorsement?.signer === pinned);
    if (!vouched || !(await signatureFits(pinned, vouched.signature, message))) {
      throw new KeysRefused('The server offers keys of another worker than the one you connected to.');
    }
  }
  return { keys: list.keys.map(({ key_id, public_key }) => ({ key_id, public_key })), signer: list.signer };
}

/** What a sealed text is bound to; the worker builds the same. @param {string} user @param {string} site @param {string} keyId */
export function sealingContext(user, site, keyId) {
  for (const id of [user, site, keyId]) if (!ID.test(id)) throw new Error('an id has characters it should not have');
  return utf8(JSON.stringify(['listing-worker-session', 1, user, site, keyId]));
}

/**
 * Seals any JSON value for the worker.
 * @param {PublicKey} key @param {string} user @param {string} site @param {unknown} value
 * @returns {Promise<string>} base64url
 */
export async function sealFor(key, user, site, value) {
  const context = sealingContext(user, site, key.key_id);
  return encode(await seal(decode(key.public_key), utf8(JSON.stringify(value)), context));
}
