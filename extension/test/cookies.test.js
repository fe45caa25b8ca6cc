import assert from 'node:assert/strict';
import { test } from 'node:test';

import { belongsTo, digest, runsOutAt, seemsSignedIn, telling, toSession } from '../src/cookies.js';
import { MARKETPLACES } from '../src/marketplaces.js';

const chromes = (changes) => ({
  name: 'jwt', value: 'v', domain: '.poshmark.com', hostOnly: false, path: '/', secure: true, httpOnly: true,
  sameSite: 'lax', session: false, expirationDate: 1900000000.25, storeId: '0', ...changes,
}); // prettier-ignore

const CASES = [
  ['a domain cookie keeps its dot', {}, { domain: '.poshmark.com' }],
  ['a domain cookie without a dot gets one', { domain: 'poshmark.com' }, { domain: '.poshmark.com' }],
  ['a host-only cookie has none', { domain: 'www.poshmark.com', hostOnly: true }, { domain: 'www.poshmark.com' }],
  ['expires stays a float of seconds', {}, { expires: 1900000000.25 }],
  ['a session cookie is -1', { session: true, expirationDate: undefined }, { expires: -1 }],
  ['unspecified sameSite stays unset', { sameSite: 'unspecified' }, { sameSite: undefined }],
  ['no_restriction is None', { sameSite: 'no_restriction' }, { sameSite: 'None' }],
  ['lax is Lax', {}, { sameSite: 'Lax' }],
  ['strict is Strict', { sameSite: 'strict' }, { sameSite: 'Strict' }],
  ['nameless and empty pass', { name: '', value: '' }, { name: '', value: '' }],
  ['quotes, = and UTF-8 pass', { value: '"a=b; é"' }, { value: '"a=b; é"' }],
  ['__Host- passes', { name: '__Host-s', domain: 'poshmark.com', hostOnly: true }, { name: '__Host-s', domain: 'poshmark.com' }],
  [
    'a partitioned cookie of the site itself says so',
    { partitionKey: { topLevelSite: 'https://poshmark.com', hasCrossSiteAncestor: false } },
    { partitionKey: { topLevelSite: 'https://poshmark.com', hasCrossSiteAncestor: false } },
  ],
  [
    'a third party’s partition keeps its ancestor',
    { partitionKey: { topLevelSite: 'https://poshmark.com', hasCrossSiteAncestor: true } },
    { partitionKey: { topLevelSite: 'https://poshmark.com', hasCrossSiteAncestor: true } },
  ],
  ['no partition, no key', { partitionKey: undefined }, { partitionKey: undefined }],
];

for (const [name, given, expected] of CASES) {
  test(name, () => {
    const cookie = toSession(chromes(given));
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(cookie[field], value);
    assert.ok(!('hostOnly' in cookie) && !('storeId' in cookie) && !('session' in cookie));
    for (const field of ['sameSite', 'partitionKey']) if (expected[field] === undefined && field in expected) assert.ok(!(field in cookie));
  });
}

const site = (changes) => ({ ...MARKETPLACES[0], domains: ['shop.test'], signedInCookies: [], loginCookies: [], passingCookies: [], ...changes });
const jar = (...names) => names.map((name) => toSession(chromes({ name, domain: '.shop.test' })));

test('a cookie belongs to the site or not by whole labels', () => {
  for (const domain of ['shop.test', '.shop.test', 'www.shop.test', '.a.b.shop.test']) assert.ok(belongsTo(domain, site()));
  for (const domain of ['myshop.test', 'shop.test.evil', 'test', '.test', '']) assert.ok(!belongsTo(domain, site()));
});

test('signed in is a hint: yes, no, or not to be told', () => {
  const known = site({ signedInCookies: ['a', 'b'] });
  assert.equal(seemsSignedIn(jar('a', 'b', 'c'), known), true);
  assert.equal(seemsSignedIn(jar('a', 'c'), known), false);
  assert.equal(seemsSignedIn([{ ...jar('a')[0], value: '' }, ...jar('b')], known), false);
  assert.equal(seemsSignedIn(jar('x'), site()), null);
  assert.equal(seemsSignedIn([], site()), false);
});

test('login cookies tell, or else all but the passing ones', () => {
  const names = (cookies) => cookies.map(({ name }) => name);
  assert.deepEqual(names(telling(jar('jwt', 'ui', '_ga'), site({ loginCookies: ['jwt', 'u*'] }))), ['jwt', 'ui']);
  assert.deepEqual(names(telling(jar('sid', '_ga_X', 'bm_sv'), site({ passingCookies: ['_ga*', 'bm_*'] }))), ['sid']);
});

test('the digest changes with a login cookie only, whatever the order', async () => {
  const key = new Uint8Array(32).fill(7);
  const posh = site({ loginCookies: ['jwt', 'ui'] });
  const base = await digest(jar('jwt', 'ui', '_ga'), posh, key);
  assert.equal(await digest(jar('other', 'ui', 'jwt'), posh, key), base);
  const changed = jar('jwt', 'ui');
  for (const change of [{ value: 'w' }, { path: '/x' }, { domain: 'shop.test' }, { partitionKey: { topLevelSite: 'https://x.test' } }]) {
    assert.notEqual(await digest([{ ...changed[0], ...change }, changed[1]], posh, key), base);
  }
  assert.notEqual(await digest(jar('jwt', 'ui'), posh, new Uint8Array(32).fill(8)), base);
  assert.ok(!base.includes('v='));
});

test('what runs out first counts, session cookies do not', () => {
  const posh = site({ signedInCookies: ['a', 'b', 'c'] });
  const cookies = [
    toSession(chromes({ name: 'a', expirationDate: 2000 })),
    toSession(chromes({ name: 'b', expirationDate: 1000 })),
    toSession(chromes({ name: 'c', session: true })),
    toSession(chromes({ name: '_ga', expirationDate: 10 })),
  ];
  assert.equal(runsOutAt(cookies, posh), 1_000_000);
  assert.equal(runsOutAt(jar(), posh), null);
});

test('every marketplace is complete and asks for *:// hosts, as the manifest does', async () => {
  const { readFileSync } = await import('node:fs');
  const manifest = JSON.parse(readFileSync(new URL('../manifest.json', import.meta.url), 'utf8'));
  const hosts = MARKETPLACES.flatMap((each) => each.hosts);
  assert.deepEqual([...hosts].sort(), [...manifest.optional_host_permissions].sort());
  for (const each of MARKETPLACES) {
    assert.match(each.name, /^[a-z]+$/);
    for (const domain of each.domains) assert.ok(each.hosts.includes(`*://*.${domain}/*`));
    assert.ok(each.terms.length > 40 && each.terms.includes('risk is yours'));
    assert.ok(belongsTo(new URL(each.signInUrl).hostname, each));
  }
});
