// Facts: ebay §2 (no cookie proves a login by being there; bot-management cookies change on every page), §9 (terms).

/** @type {import('../src/marketplaces.js').Marketplace} */
export default {
  name: 'ebay',
  displayName: 'eBay',
  color: '#0064d2',
  offered: true,
  domains: ['ebay.com'],
  hosts: ['*://*.ebay.com/*'],
  signInUrl: 'https://signin.ebay.com/',
  signedInCookies: [],
  loginCookies: [],
  passingCookies: ['__uzm*', '__deba', 'ak_bmsc', 'bm_*', '_abck', '__g*', '_g*', '__ss*'],
  terms:
    'eBay’s User Agreement forbids robots and other automated means, naming AI agents, without eBay’s permission. eBay may limit an account that uses them, and that risk is yours. Its Sell APIs are the permitted way.',
};
