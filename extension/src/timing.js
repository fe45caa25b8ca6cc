// All waiting times, in milliseconds. One file, so that tests can hurry. (A store build has an alarm floor of 30 s.)

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const AFTER_CHANGE = 30 * SECOND; // from the first change of a cookie to the sync: a throttle, not a debounce
export const BETWEEN_SYNCS = 2 * MINUTE; // at least, between two syncs that changes caused
export const SEND_ANYWAY_AFTER = 12 * HOUR; // at the next change, although the login cookies stayed the same
export const RENEW_EVERY = 24 * HOUR; // a quiet seller is renewed; the server keeps a session for 7 days
export const ASK_EVERY = 15 * MINUTE; // what the server and the worker found out
export const SEND_AGAIN_AFTER = HOUR; // the same cookies, although the worker found them signed out
export const FIRST_RETRY = 30 * SECOND;
export const LONGEST_RETRY = HOUR;
export const LONGEST_RETRY_AFTER = 6 * HOUR; // a server's Retry-After is honoured up to this
export const REQUEST_TIMEOUT = 20 * SECOND;
export const PAIRING_LASTS = 5 * MINUTE;
