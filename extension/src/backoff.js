// When to try again.

import { FIRST_RETRY, LONGEST_RETRY, LONGEST_RETRY_AFTER } from './timing.js';

/**
 * Milliseconds until the next try: doubling from FIRST_RETRY up to LONGEST_RETRY, with up to half as much again by
 * chance so that browsers do not all come back at once; never sooner than the server asked for.
 * @param {number} failures how often it has failed by now, 1 or more
 * @param {number | null} [retryAfter] milliseconds, from the server
 * @param {() => number} [random]
 */
export function nextTry(failures, retryAfter = null, random = Math.random) {
  const base = Math.min(FIRST_RETRY * 2 ** Math.min(failures - 1, 30), LONGEST_RETRY);
  const asked = Math.min(Math.max(retryAfter ?? 0, 0), LONGEST_RETRY_AFTER);
  return Math.round(Math.max(base * (1 + random() / 2), asked));
}

/**
 * Retry-After as milliseconds: seconds or an HTTP date; null if absent or unreadable.
 * @param {string | null} header @param {number} [now]
 */
export function readRetryAfter(header, now = Date.now()) {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : null;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(date - now, 0);
}
