// Cookies as data: into our format exactly, which of them mean "signed in", and a digest that tells when to send.

import { encode, utf8 } from './bytes.js';

/** @typedef {import('./marketplaces.js').Marketplace} Marketplace */
/** @typedef {{topLevelSite?: string, hasCrossSiteAncestor?: boolean}} PartitionKey */
/**
 * A cookie in a session. sameSite is absent when the site did not set it; expires is Unix seconds, -1 = session cookie.
 * @typedef {{name: string, value: string, domain: string, path: string, expires: number, httpOnly: boolean,
 *   secure: boolean, sameSite?: string, partitionKey?: PartitionKey}} SessionCookie
 */

/** @type {Record<string, string>} */
const SAME_SITE = { no_restriction: 'None', lax: 'Lax', strict: 'Strict' }; // "unspecified" stays unset: it is not Lax

/**
 * Exactly what Chrome reports, in the names that Playwright and CDP use. A host-only cookie has no leading dot.
 * @param {chrome.cookies.Cookie} cookie @returns {SessionCookie}
 */
export function toSession(cookie) {
  const host = cookie.domain.replace(/^\./, '');
  return {
    name: cookie.name,
    value: cookie.value,
    domain: cookie.hostOnly ? host : `.${host}`,
    path: cookie.path,
    expires: cookie.session || cookie.expirationDate === undefined ? -1 : cookie.expirationDate,
    httpOnly: cookie.httpOnly,
    secure: cookie.secure,
    ...(SAME_SITE[cookie.sameSite] ? { sameSite: SAME_SITE[cookie.sameSite] } : {}),
    ...(cookie.partitionKey?.topLevelSite
      ? {
          partitionKey: {
            topLevelSite: cookie.partitionKey.topLevelSite,
            // without it the site's own partitioned cookies end up in another jar
            hasCrossSiteAncestor: cookie.partitionKey.hasCrossSiteAncestor ?? false,
          },
        }
      : {}),
  };
}

/** Whether `domain` is the site or below it. @param {string} domain @param {Marketplace} site */
export const belongsTo = (domain, site) =>
  site.domains.some((own) => domain.replace(/^\./, '') === own || domain.endsWith(`.${own}`));

/** @param {string} name @param {string[]} patterns names, with * at the end for "starts with" */
const matches = (name, patterns) =>
  patterns.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));

/**
 * A hint, not the truth: true / false by the cookies that are known to mean it, null where none is known.
 * The truth is the worker's first look at the page.
 * @param {SessionCookie[]} cookies @param {Marketplace} site @returns {boolean | null}
 */
export function seemsSignedIn(cookies, site) {
  if (!cookies.length) return false;
  if (!site.signedInCookies.length) return null;
  return site.signedInCookies.every((name) => cookies.some((cookie) => cookie.name === name && cookie.value !== ''));
}

/** The cookies whose change is worth an upload. @param {SessionCookie[]} cookies @param {Marketplace} site */
export const telling = (cookies, site) =>
  cookies.filter(({ name }) =>
    site.loginCookies.length ? matches(name, site.loginCookies) : !matches(name, site.passingCookies),
  );

/**
 * A keyed digest of the telling cookies, independent of their order; the key never leaves this browser.
 * @param {SessionCookie[]} cookies @param {Marketplace} site @param {import('./bytes.js').Bytes} key
 */
export async function digest(cookies, site, key) {
  const parts = telling(cookies, site)
    .map(({ name, domain, path, value, partitionKey }) =>
      JSON.stringify([name, domain, path, partitionKey?.topLevelSite ?? '', value]),
    )
    .sort();
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return encode(new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8(parts.join('\n')))));
}

/**
 * When the first of the login cookies runs out: Unix ms, or null if all last as long as the browser.
 * @param {SessionCookie[]} cookies @param {Marketplace} site
 */
export function runsOutAt(cookies, site) {
  const known = cookies.filter(({ name, expires }) => expires > 0 && matches(name, site.signedInCookies));
  return known.length ? Math.min(...known.map(({ expires }) => expires)) * 1000 : null;
}
