// HPKE (RFC 9180), base mode, one shot: X25519 / HKDF-SHA256 / AES-256-GCM, on WebCrypto.
//
// No primitive is ours: X25519, HMAC and AES-GCM are the browser's. What is ours is the RFC's labels and their order,
// and any slip there makes the RFC's own test vector fail (test/hpke.test.js).

import { concat, utf8 } from './bytes.js';

/** @typedef {import('./bytes.js').Bytes} Bytes */

const VERSION = utf8('HPKE-v1');
const KEM_SUITE = concat(utf8('KEM'), Uint8Array.of(0x00, 0x20)); // DHKEM(X25519, HKDF-SHA256)
const HPKE_SUITE = concat(utf8('HPKE'), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x02)); // + HKDF-SHA256, AES-256-GCM
const NOTHING = new Uint8Array(0);

/** @param {Bytes} key @param {Bytes} data @returns {Promise<Bytes>} */
async function hmac(key, data) {
  // WebCrypto refuses an empty HMAC key; HMAC pads with zeros, so 32 zero bytes are the same key.
  const raw = key.length ? key : new Uint8Array(32);
  const imported = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data));
}

/** LabeledExtract (§4). @param {Bytes} suite @param {Bytes} salt @param {string} label @param {Bytes} material */
const extract = (suite, salt, label, material) => hmac(salt, concat(VERSION, suite, utf8(label), material));

/**
 * LabeledExpand (§4), for at most one block of 32 bytes.
 * @param {Bytes} suite @param {Bytes} secret @param {string} label @param {Bytes} context @param {number} length
 * @returns {Promise<Bytes>}
 */
async function expand(suite, secret, label, context, length) {
  const info = concat(Uint8Array.of(0, length), VERSION, suite, utf8(label), context);
  return (await hmac(secret, concat(info, Uint8Array.of(1)))).slice(0, length);
}

/**
 * Encap (§4.1): a shared secret, and the ephemeral public key that lets the receiver find it.
 * @param {Bytes} receiver @param {CryptoKeyPair} ephemeral @returns {Promise<{shared: Bytes, enc: Bytes}>}
 */
async function encapsulate(receiver, ephemeral) {
  const publicKey = await crypto.subtle.importKey('raw', receiver, { name: 'X25519' }, true, []);
  // deriveBits fails for a key that leads to an all-zero secret, as the RFC demands
  const dh = new Uint8Array(
    await crypto.subtle.deriveBits({ name: 'X25519', public: publicKey }, ephemeral.privateKey, 256),
  );
  const enc = new Uint8Array(await crypto.subtle.exportKey('raw', ephemeral.publicKey));
  const secret = await extract(KEM_SUITE, NOTHING, 'eae_prk', dh);
  return { shared: await expand(KEM_SUITE, secret, 'shared_secret', concat(enc, receiver), 32), enc };
}

/**
 * Seals `plaintext` for the holder of the private key of `receiver`: enc(32) ‖ ciphertext ‖ tag(16).
 * The context goes into `info`, as §8.1 advises for one-shot use; `aad` and `ephemeral` exist for the test vector.
 * @param {Bytes} receiver raw X25519 public key, 32 bytes
 * @param {Bytes} plaintext
 * @param {Bytes} info
 * @param {{aad?: Bytes, ephemeral?: CryptoKeyPair}} [only]
 * @returns {Promise<Bytes>}
 */
export async function seal(receiver, plaintext, info, { aad = NOTHING, ephemeral } = {}) {
  if (receiver.length !== 32) throw new Error('an X25519 public key has 32 bytes');
  const pair = ephemeral ?? (await crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits']));
  const { shared, enc } = await encapsulate(receiver, /** @type {CryptoKeyPair} */ (pair));
  const context = concat(
    Uint8Array.of(0), // mode_base
    await extract(HPKE_SUITE, NOTHING, 'psk_id_hash', NOTHING),
    await extract(HPKE_SUITE, NOTHING, 'info_hash', info),
  );
  const secret = await extract(HPKE_SUITE, shared, 'secret', NOTHING);
  const rawKey = await expand(HPKE_SUITE, secret, 'key', context, 32);
  const nonce = await expand(HPKE_SUITE, secret, 'base_nonce', context, 12);
  const key = await crypto.subtle.importKey('raw', rawKey, 'AES-GCM', false, ['encrypt']);
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: aad, tagLength: 128 };
  return concat(enc, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plaintext)));
}
