import assert from 'node:assert/strict';
import { test } from 'node:test';

import { nextTry, readRetryAfter } from '../src/backoff.js';
import { FIRST_RETRY, LONGEST_RETRY, LONGEST_RETRY_AFTER } from '../src/timing.js';

test('doubles from the first retry up to the longest', () => {
  const never = () => 0;
  assert.equal(nextTry(1, null, never), FIRST_RETRY);
  assert.equal(nextTry(2, null, never), 2 * FIRST_RETRY);
  assert.equal(nextTry(4, null, never), 8 * FIRST_RETRY);
  assert.equal(nextTry(50, null, never), LONGEST_RETRY);
  assert.equal(nextTry(5000, null, never), LONGEST_RETRY);
});

test('spreads by up to half as much again', () => {
  assert.equal(nextTry(1, null, () => 0.999999), Math.round(FIRST_RETRY * 1.4999995));
  const waits = new Set(Array.from({ length: 50 }, () => nextTry(3)));
  assert.ok(waits.size > 10);
  for (const wait of waits) assert.ok(wait >= 4 * FIRST_RETRY && wait <= 6 * FIRST_RETRY);
});

test('never comes back sooner than asked, within reason', () => {
  const never = () => 0;
  assert.equal(nextTry(1, 5 * FIRST_RETRY, never), 5 * FIRST_RETRY);
  assert.equal(nextTry(1, 1, never), FIRST_RETRY);
  assert.equal(nextTry(1, 1e12, never), LONGEST_RETRY_AFTER);
  assert.equal(nextTry(1, -5, never), FIRST_RETRY);
});

test('reads Retry-After as seconds or as a date', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  assert.equal(readRetryAfter('120', now), 120_000);
  assert.equal(readRetryAfter('0', now), 0);
  assert.equal(readRetryAfter('Sat, 21 Nov 2026 12:01:00 GMT', now), 60_000);
  assert.equal(readRetryAfter('Sat, 21 Nov 2026 11:00:00 GMT', now), 0);
  for (const odd of [null, '', ' ', 'soon', '-3']) assert.equal(readRetryAfter(odd, now), null);
});
