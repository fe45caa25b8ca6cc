import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ago, describe, until } from '../src/status.js';

const site = { displayName: 'Poshmark' };
const NOW = Date.parse('2026-11-21T12:00:00Z');
const MINUTE = 60_000;
const paired = { origin: 'http://localhost', token: 't', userId: 'u', signer: 's', keys: [], at: NOW };
const synced = { connectedAt: NOW, sentAt: NOW - 5 * MINUTE, hint: true };
const facts = (changes) => ({ known: synced, permitted: true, pairing: paired, now: NOW, ...changes });

const CASES = [
  ['off', { known: undefined }, /^Not connected$/],
  ['unpaired', { pairing: undefined }, /Paused/],
  ['unpaired', { pairing: { ...paired, stopped: 'gone' } }, /Paused/],
  ['permission', { permitted: false }, /Connect it again/],
  ['forgetting', { queued: { kind: 'forget', failures: 1, nextTryAt: NOW + 3 * MINUTE } }, /in 3 minutes/],
  ['syncing', { queued: { kind: 'put', failures: 0 } }, /^Syncing$/],
  ['syncing', { known: { connectedAt: NOW, hint: null } }, /^Syncing$/],
  ['waiting', { queued: { kind: 'put', failures: 2, nextTryAt: NOW + MINUTE, problem: 'It does not answer.' } }, /^It does not answer\. Sealed and waiting; next try in a minute\.$/],
  ['problem', { known: { ...synced, problem: { code: 'x', message: 'Unknown marketplace' } } }, /^Unknown marketplace\.$/],
  ['signed_out', { known: { ...synced, hint: false } }, /^Sign in to Poshmark/],
  ['signed_out', { known: { ...synced, server: { status: 'signed_out' } } }, /^Sign in to Poshmark/],
  ['synced', {}, /^Synced 5 minutes ago$/],
  ['synced', { known: { ...synced, hint: null } }, /^Synced 5 minutes ago$/],
  ['synced', { known: { ...synced, server: { status: 'active', account: 'sam' } } }, /^Signed in as sam · synced 5 minutes ago$/],
  ['synced', { known: { ...synced, runsOutAt: NOW + 90 * MINUTE } }, /Visit Poshmark soon: its sign-in runs out in 2 hours\./],
];

for (const [code, changes, words] of CASES) {
  test(`${code}: ${words.source}`, () => {
    const found = describe(site, facts(changes));
    assert.equal(found.code, code);
    assert.match(found.words, words);
    assert.ok(['quiet', 'good', 'busy', 'attention', 'bad'].includes(found.tone));
  });
}

test('times are words', () => {
  assert.equal(ago(NOW, NOW), 'just now');
  assert.equal(ago(NOW + 1000, NOW), 'just now');
  assert.equal(ago(NOW - MINUTE, NOW), '1 minute ago');
  assert.equal(ago(NOW - 90 * MINUTE, NOW), '1 hour ago');
  assert.equal(ago(NOW - 72 * 60 * MINUTE, NOW), '3 days ago');
  assert.equal(until(NOW - 1, NOW), 'in a moment');
  assert.equal(until(NOW + 100 * MINUTE, NOW), 'in 2 hours');
});
