// Facts: mercari §2 (no source names the login cookies: the whole jar and localStorage travel), §9 (terms).

/** @type {import('../src/marketplaces.js').Marketplace} */
export default {
  name: 'mercari',
  displayName: 'Mercari',
  color: '#4c55c9',
  offered: true,
  domains: ['mercari.com'],
  hosts: ['*://*.mercari.com/*'],
  signInUrl: 'https://www.mercari.com/login/',
  signedInCookies: [],
  loginCookies: [],
  passingCookies: ['_ga*', '_gid', '_gcl*', '_fbp', '_uet*', '__cf*', 'cf_*', '_px*', 'OptanonConsent', 'ajs_*', '_dd_s', 'ab.storage*'],
  terms:
    'Mercari’s Prohibited Conduct page bans robots, scrapers and other automated access, and use of an account by third parties. Mercari may limit or close an account for it, and that risk is yours.',
};
