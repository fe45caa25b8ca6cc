import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { concat, decode, encode, fingerprint, utf8 } from '../src/bytes.js';
import { seal } from '../src/hpke.js';

const vector = JSON.parse(readFileSync(new URL('rfc9180.json', import.meta.url), 'utf8'));
const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const PKCS8 = bytes('302e020100300506032b656e04220420'); // what a raw X25519 private key is wrapped in

async function keyPair(secret, shared) {
  const algorithm = { name: 'X25519' };
  return {
    privateKey: await crypto.subtle.importKey('pkcs8', concat(PKCS8, bytes(secret)), algorithm, false, ['deriveBits']),
    publicKey: await crypto.subtle.importKey('raw', bytes(shared), algorithm, true, []),
  };
}

test('seals the RFC 9180 vector byte for byte with the vector’s ephemeral key', async () => {
  const { aad, ct, pt } = vector.encryption;
  const ephemeral = await keyPair(vector.skEm, vector.pkEm);
  const sealed = await seal(bytes(vector.pkRm), bytes(pt), bytes(vector.info), { aad: bytes(aad), ephemeral });
  assert.deepEqual(sealed, concat(bytes(vector.enc), bytes(ct)));
});

test('never seals twice alike', async () => {
  const once = await seal(bytes(vector.pkRm), utf8('x'), utf8('i'));
  const again = await seal(bytes(vector.pkRm), utf8('x'), utf8('i'));
  assert.equal(once.length, 1 + 48);
  assert.notDeepEqual(once, again);
});

test('refuses a public key that would give everyone the same secret, and one of the wrong length', async () => {
  await assert.rejects(seal(new Uint8Array(32), utf8('x'), utf8('i')));
  await assert.rejects(seal(Uint8Array.of(1, ...new Uint8Array(31)), utf8('x'), utf8('i')));
  await assert.rejects(seal(new Uint8Array(31), utf8('x'), utf8('i')), /32 bytes/);
});

test('seals nothing and much', async () => {
  assert.equal((await seal(bytes(vector.pkRm), new Uint8Array(0), new Uint8Array(0))).length, 48);
  const much = new Uint8Array(3_000_000);
  assert.equal((await seal(bytes(vector.pkRm), much, utf8('i'))).length, much.length + 48);
});

test('base64url has no padding, goes back, and is strict', () => {
  for (let length = 0; length < 70; length++) {
    const data = crypto.getRandomValues(new Uint8Array(length));
    assert.match(encode(data), /^[A-Za-z0-9_-]*$/);
    assert.deepEqual(decode(encode(data)), data);
  }
  assert.deepEqual(decode(encode(new Uint8Array(100_000))), new Uint8Array(100_000));
  for (const bad of ['AA==', 'A', 'A+', 'A/', 'AB', ' AA', 'AA\n', null, 5]) assert.throws(() => decode(bad));
});

test('a fingerprint is six groups of four', async () => {
  assert.match(await fingerprint(encode(new Uint8Array(32))), /^([0-9a-f]{4} ){5}[0-9a-f]{4}$/);
});
