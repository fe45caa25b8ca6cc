// Requests to our own API from a page: the cookie says who, the page's token says that it was one of our pages.

import { csrf } from './app.js';

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
 * One request. Throws Refused, or TypeError when the server does not answer.
 * @param {string} method @param {string} path @param {BodyInit} [body]
 */
export async function request(method, path, body) {
  const headers = { 'X-CSRF-Token': csrf(), Accept: 'application/json' };
  const response = await fetch(path, { method, body, headers, cache: 'no-store' });
  const answer = response.status === 204 ? null : await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Refused(response.status, answer?.error ?? {});
}
