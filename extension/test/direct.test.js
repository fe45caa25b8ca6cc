import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { ApiError, Unreachable } from '../src/api.js';
import { projectOf, putDirectly } from '../src/direct.js';

const KEY = 'sb_publishable_0123456789abcdef';
const PROJECT = { url: 'https://abc.supabase.co', publishable_key: KEY };
const BODY = { key_id: 'k', sealed: 's', captured_at: '2026-11-21T12:00:00Z', user_agent: 'Chrome' };
const { fetch: real } = globalThis;
afterEach(() => { globalThis.fetch = real; });

/** @param {number} status @param {unknown} body @param {any[]} [asked] */
const answer = (status, body, asked = []) => {
  globalThis.fetch = async (...request) => {
    asked.push(request);
    return new Response(JSON.stringify(body), { status });
  };
};

test('takes a project over https, or of this very machine', () => {
  assert.deepEqual(projectOf({ url: 'https://abc.supabase.co/', publishable_key: KEY }), PROJECT);
  assert.equal(projectOf({ url: 'http://127.0.0.1:54321', publishable_key: KEY })?.url, 'http://127.0.0.1:54321');
  for (const told of [
    null, undefined, 'x', {}, { ...PROJECT, url: 'http://abc.supabase.co' }, { ...PROJECT, url: 'nonsense' },
    { ...PROJECT, url: 'https://user:word@abc.supabase.co' }, { ...PROJECT, publishable_key: 'a key with spaces in it' },
    { ...PROJECT, publishable_key: 5 },
  ]) assert.equal(projectOf(told), undefined, JSON.stringify(told));
});

test('sends what is sealed and the device token, and no authorization', async () => {
  /** @type {any[]} */
  const asked = [];
  answer(200, { marketplace: 'ebay' }, asked);
  assert.deepEqual(await putDirectly(PROJECT, 'lwd_t', 'ebay', BODY), { marketplace: 'ebay' });
  const [[address, { headers, body, redirect, credentials }]] = asked;
  assert.equal(address, 'https://abc.supabase.co/rest/v1/rpc/sync_session_from_device');
  assert.equal(headers.apikey, KEY);
  assert.ok(!('Authorization' in headers));
  assert.deepEqual([redirect, credentials], ['error', 'omit']);
  assert.deepEqual(JSON.parse(body), {
    p_device_token: 'lwd_t', p_marketplace: 'ebay', p_key_id: 'k', p_sealed: 's',
    p_captured_at: '2026-11-21T12:00:00Z', p_user_agent: 'Chrome',
  });
});

test('tells refusals as the API would', async () => {
  for (const [code, status] of /** @type {[string, number][]} */ (
    [['device_unknown', 401], ['retired_key', 409], ['stale_session', 409], ['invalid_value', 400]]
  )) {
    answer(400, { code: 'LW001', message: code, details: 'A sentence.', hint: null });
    await assert.rejects(putDirectly(PROJECT, 't', 'ebay', BODY), (/** @type {any} */ error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.code, error.message], [status, code, 'A sentence.']);
      return true;
    });
  }
  answer(503, 'a proxy’s page');
  await assert.rejects(putDirectly(PROJECT, 't', 'ebay', BODY), (/** @type {any} */ error) => error.status === 503);
  globalThis.fetch = async () => { throw new TypeError('no network'); };
  await assert.rejects(putDirectly(PROJECT, 't', 'ebay', BODY), Unreachable);
});
