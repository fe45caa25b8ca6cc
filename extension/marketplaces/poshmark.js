// Facts: poshmark §2 (jwt is the session, ui names the account), §9 (terms).

/** @type {import('../src/marketplaces.js').Marketplace} */
export default {
  name: 'poshmark',
  displayName: 'Poshmark',
  color: '#7f0353',
  offered: true,
  domains: ['poshmark.com'],
  hosts: ['*://*.poshmark.com/*'],
  signInUrl: 'https://poshmark.com/login',
  signedInCookies: ['jwt'],
  loginCookies: ['jwt', 'ui'],
  passingCookies: [],
  terms:
    'Poshmark’s terms are best read as not allowing robots or third-party tools on your account. Poshmark may limit or close an account that uses them, and that risk is yours.',
};
