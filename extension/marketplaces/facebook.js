// Facts: facebook §2 (c_user and xs together mean signed in; datr is the browser's id and travels along), §9 (terms).

/** @type {import('../src/marketplaces.js').Marketplace} */
export default {
  name: 'facebook',
  displayName: 'Facebook Marketplace',
  color: '#0866ff',
  offered: true,
  domains: ['facebook.com'],
  hosts: ['*://*.facebook.com/*'],
  signInUrl: 'https://www.facebook.com/login/',
  signedInCookies: ['c_user', 'xs'],
  loginCookies: ['c_user', 'xs', 'datr'],
  passingCookies: [],
  terms:
    'Meta’s terms forbid automated access without prior permission. Automated posting from a personal account can lead to losing access to Marketplace, and that risk is yours.',
};
