import assert from 'node:assert/strict';
import { test } from 'node:test';

import { encode, sha256 } from '../src/bytes.js';
import { KeysRefused, checkKeys, sealFor, sealingContext, signedBytes } from '../src/keys.js';

async function signer() {
  const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
  const name = encode(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
  const sign = async (list) => encode(new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, signedBytes(list))));
  return { name, sign };
}

async function publicKey() {
  const pair = await crypto.subtle.generateKey({ name: 'X25519' }, true, ['deriveBits']);
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  return { key_id: encode((await sha256(raw)).subarray(0, 9)), public_key: encode(raw) };
}

async function listBy(who, keys, endorsers = []) {
  const list = { version: 1, keys, signer: who.name };
  const endorsements = await Promise.all(endorsers.map(async (old) => ({ signer: old.name, signature: await old.sign(list) })));
  return { ...list, signature: await who.sign(list), endorsements };
}

test('accepts a list by the pinned signer, and the first at pairing', async () => {
  const worker = await signer();
  const list = await listBy(worker, [await publicKey()]);
  assert.deepEqual(await checkKeys(list, null), { keys: list.keys, signer: worker.name });
  assert.deepEqual(await checkKeys(list, worker.name), { keys: list.keys, signer: worker.name });
});

test('refuses another signer, however well it signs', async () => {
  const [worker, stranger] = [await signer(), await signer()];
  const list = await listBy(stranger, [await publicKey()]);
  await assert.rejects(checkKeys(list, worker.name), KeysRefused);
});

test('after a rotation the pin moves only if the pinned signer vouches', async () => {
  const [old, fresh, stranger] = [await signer(), await signer(), await signer()];
  const keys = [await publicKey(), await publicKey()];
  const vouched = await listBy(fresh, keys, [old]);
  assert.equal((await checkKeys(vouched, old.name)).signer, fresh.name);
  const stolen = await listBy(stranger, keys);
  stolen.endorsements = vouched.endorsements; // vouches for another list
  await assert.rejects(checkKeys(stolen, old.name), KeysRefused);
  const selfMade = await listBy(stranger, keys, [stranger]);
  selfMade.endorsements[0].signer = old.name;
  await assert.rejects(checkKeys(selfMade, old.name), KeysRefused);
});

test('refuses whatever was changed after signing', async () => {
  const worker = await signer();
  const [key, other] = [await publicKey(), await publicKey()];
  const list = await listBy(worker, [key]);
  const forgeries = [
    { ...list, keys: [other] },
    { ...list, keys: [other, key] },
    { ...list, keys: [] },
    { ...list, keys: [{ ...key, public_key: other.public_key }] },
    { ...list, keys: [{ ...key, key_id: other.key_id }] },
    { ...list, keys: [null] },
    { ...list, version: 2 },
    { ...list, signature: '' },
    { ...list, signature: undefined },
    { ...list, signer: undefined },
    null,
    'keys',
    {},
  ];
  for (const forged of forgeries) await assert.rejects(checkKeys(forged, worker.name), KeysRefused);
});

test('binds a sealed text to user, marketplace and key by a JSON array', async () => {
  assert.equal(new TextDecoder().decode(sealingContext('u-1', 'ebay', 'k_1')), '["listing-worker-session",1,"u-1","ebay","k_1"]');
  for (const bad of ['', 'a b', 'a"', 'ä', 'x'.repeat(129)]) assert.throws(() => sealingContext(bad, 'ebay', 'k'));
  const sealed = await sealFor(await publicKey(), 'user', 'ebay', { cookies: [] });
  assert.match(sealed, /^[A-Za-z0-9_-]{80,}$/);
});
