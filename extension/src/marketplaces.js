// The marketplaces there are: one file of data each, and one line here.

import craigslist from '../marketplaces/craigslist.js';
import ebay from '../marketplaces/ebay.js';
import facebook from '../marketplaces/facebook.js';
import mercari from '../marketplaces/mercari.js';
import poshmark from '../marketplaces/poshmark.js';

/**
 * @typedef {object} Marketplace
 * @property {string} name               ours, as in the API
 * @property {string} displayName
 * @property {string} color              of its letter in the popup
 * @property {boolean} offered            shown in the popup: the worker can post there
 * @property {string[]} domains          registrable domains whose cookies make up the session
 * @property {string[]} hosts            permission patterns; *:// because https:// hides cookies without Secure
 * @property {string} signInUrl          where the seller signs in
 * @property {string[]} signedInCookies  all present = signed in; empty = no such cookie is known
 * @property {string[]} loginCookies     whose change is worth an upload; * at the end = starts with; empty = all others
 * @property {string[]} passingCookies   change all the time and mean nothing; only used if loginCookies is empty
 * @property {string} terms              what the site's terms say about automation, in one or two sentences
 */

/** @type {Marketplace[]} in the order they are shown */
export const MARKETPLACES = [poshmark, ebay, mercari, facebook, craigslist];

/** @param {unknown} name @returns {Marketplace} */
export function marketplace(name) {
  const found = MARKETPLACES.find((site) => site.name === name);
  if (!found) throw new Error('no such marketplace');
  return found;
}
