// Straight to the seller's Supabase project, where the pairing named one: the way a sealed session takes while the API
// is away. The project's one function for it knows the same device token, and lets nothing be read.

import { ApiError, apiOrigin, request } from './api.js';

/** @typedef {{url: string, publishable_key: string}} Project */

const FUNCTION = '/rest/v1/rpc/sync_session_from_device';
const KEY = /^[A-Za-z0-9._-]{20,4000}$/;
/** How the function's refusals are told by the API. @type {Record<string, number>} */
const STATUS = { device_unknown: 401, retired_key: 409, stale_session: 409 };

/**
 * The project of a pairing answer; undefined where there is none, or none that may be used.
 * @param {any} told @returns {Project | undefined}
 */
export function projectOf(told) {
  if (typeof told?.url !== 'string' || typeof told?.publishable_key !== 'string') return undefined;
  if (!KEY.test(told.publishable_key)) return undefined;
  try {
    return { url: apiOrigin(told.url), publishable_key: told.publishable_key };
  } catch {
    return undefined;
  }
}

/**
 * Stores one sealed session; the row as the project tells it. Throws ApiError with the API's own codes, or Unreachable.
 * @param {Project} project @param {string} token @param {string} marketplace
 * @param {{key_id: string, sealed: string, captured_at: string, user_agent: string}} body
 */
export async function putDirectly(project, token, marketplace, body) {
  const named = {
    p_device_token: token,
    p_marketplace: marketplace,
    p_key_id: body.key_id,
    p_sealed: body.sealed,
    p_captured_at: body.captured_at,
    p_user_agent: body.user_agent,
  };
  return request(project.url, 'POST', FUNCTION, { apikey: project.publishable_key, body: named, refusal });
}

/** PostgREST's answer to a function that refused: {message: code, details: a sentence}. @param {number} status @param {any} answer */
function refusal(status, answer) {
  const code = typeof answer?.message === 'string' ? answer.message : `http_${status}`;
  return new ApiError(STATUS[code] ?? status, code, String(answer?.details ?? code).slice(0, 300), null);
}
