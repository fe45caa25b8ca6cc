// The seller's token: read from the address's fragment, which no server sees, kept in this tab only.

const KEY = 'listing-worker.token';

/** @returns {string | null} the token, taken out of the address if it is there */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY);
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}

/** The API said no. */
export class Refused extends Error {
  /** @param {number} status @param {{code?: string, message?: string}} error */
  constructor(status, error) {
    super(error.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = error.code ?? 'error';
  }
}

/**
 * One request to our own API. Throws Refused, or TypeError when the server does not answer.
 * @param {string} token @param {string} method @param {string} path
 */
export async function request(token, method, path) {
  const response = await fetch(path, { method, headers: { Authorization: `Bearer ${token}` }, cache: 'no-store' });
  const body = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (response.ok) return body;
  if (response.status === 401) forgetToken();
  throw new Refused(response.status, body?.error ?? {});
}
