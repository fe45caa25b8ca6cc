// Facts: craigslist §2 (cl_session is the login; posting works without an account, too), §9 (terms).

/** @type {import('../src/marketplaces.js').Marketplace} */
export default {
  name: 'craigslist',
  displayName: 'Craigslist',
  color: '#5a00a5',
  offered: true,
  domains: ['craigslist.org'],
  hosts: ['*://*.craigslist.org/*'],
  signInUrl: 'https://accounts.craigslist.org/login',
  signedInCookies: ['cl_session'],
  loginCookies: ['cl_session', 'cl_login', 'cl_b'],
  passingCookies: [],
  terms:
    'Craigslist’s terms of use forbid automated posting, posting software and posting on behalf of others unless Craigslist licenses it. Posts may be removed, and that risk is yours.',
};
