// Requests to the seller's API. No host permission is needed: the API allows this extension's origin by CORS.

import { readRetryAfter } from './backoff.js';
import { REQUEST_TIMEOUT } from './timing.js';

/** The API answered, but not with success. */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {number | null} retryAfter ms */
  constructor(status, code, message, retryAfter) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** The API did not answer. */
export class Unreachable extends Error {}

/**
 * One request; the JSON answer. Throws ApiError or Unreachable.
 * @param {string} origin @param {string} method @param {string} path
 * @param {{token?: string, apikey?: string, body?: unknown, refusal?: (status: number, answer: any) => ApiError}} [options]
 *   `refusal` reads the error of a server that is not our API
 * @returns {Promise<any>}
 */
export async function request(origin, method, path, { token, apikey, body, refusal } = {}) {
  let response, text;
  try {
    response = await fetch(origin + path, {
      method,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(apikey ? { apikey } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error', // a redirect must not carry the token elsewhere
      referrerPolicy: 'no-referrer',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    text = await response.text();
  } catch {
    throw new Unreachable(`${origin} does not answer.`);
  }
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    // a proxy's error page, perhaps; the status says enough
  }
  if (response.ok) return answer;
  if (refusal) throw refusal(response.status, answer);
  const { code = `http_${response.status}`, message = `The server answered ${response.status}.` } = answer?.error ?? {};
  throw new ApiError(
    response.status,
    String(code),
    String(message).slice(0, 300),
    readRetryAfter(response.headers.get('Retry-After')),
  );
}

/**
 * The origin of an API that may be used: https anywhere, http only on this very machine. Throws for anything else.
 * @param {string} address
 */
export function apiOrigin(address) {
  const url = new URL(address);
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && here)) {
    throw new Error('The address must start with https:// (or be this computer’s own, http://localhost).');
  }
  if (url.username || url.password) throw new Error('The address must not hold a user name or a password.');
  return url.origin;
}
