// How a marketplace stands, in one code, a few words and a tone. Pure, so that it can be tested without a browser.

const MINUTE = 60_000;
const SOON = 24 * 60 * MINUTE;

/**
 * @typedef {'off' | 'unpaired' | 'forgetting' | 'permission' | 'problem' | 'signed_out' | 'waiting' | 'syncing' | 'synced'} Code
 * @typedef {'quiet' | 'good' | 'busy' | 'attention' | 'bad'} Tone
 */

/** "just now", "5 minutes ago". @param {number} then @param {number} now */
export function ago(then, now) {
  const minutes = Math.floor(Math.max(now - then, 0) / MINUTE);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return minutes === 1 ? '1 minute ago' : `${minutes} minutes ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return hours === 1 ? '1 hour ago' : `${hours} hours ago`;
  return `${Math.floor(hours / 24)} days ago`;
}

/** "in a moment", "in 5 minutes". @param {number} then @param {number} now */
export function until(then, now) {
  const minutes = Math.ceil((then - now) / MINUTE);
  if (minutes < 1) return 'in a moment';
  return minutes === 1 ? 'in a minute' : minutes < 90 ? `in ${minutes} minutes` : `in ${Math.round(minutes / 60)} hours`;
}

/**
 * @param {{displayName: string}} site
 * @param {{known?: import('./state.js').SiteState, queued?: import('./state.js').Queued, permitted: boolean,
 *   pairing?: import('./state.js').Pairing, now: number}} facts
 * @returns {{code: Code, words: string, tone: Tone}}
 */
export function describe(site, { known, queued, permitted, pairing, now }) {
  const name = site.displayName;
  if (!known) return { code: 'off', tone: 'quiet', words: 'Not connected' };
  if (queued?.kind === 'forget') {
    return { code: 'forgetting', tone: 'busy', words: `Being forgotten; the server is asked again ${next(queued, now)}` };
  }
  if (!pairing || pairing.stopped) return { code: 'unpaired', tone: 'bad', words: 'Paused until this browser is connected again' };
  if (!permitted) return { code: 'permission', tone: 'attention', words: `Chrome no longer allows access to ${name}. Connect it again.` };
  if (queued) {
    if (!queued.failures) return { code: 'syncing', tone: 'busy', words: 'Syncing' };
    return { code: 'waiting', tone: 'attention', words: `${sentence(queued.problem)} Sealed and waiting; next try ${next(queued, now)}.` };
  }
  if (known.problem) return { code: 'problem', tone: 'bad', words: sentence(known.problem.message) };
  if (known.hint === false || known.server?.status === 'signed_out') {
    return { code: 'signed_out', tone: 'attention', words: `Sign in to ${name} in this browser. It then syncs by itself.` };
  }
  if (!known.sentAt) return { code: 'syncing', tone: 'busy', words: 'Syncing' };
  const sent = `Synced ${ago(known.sentAt, now)}`;
  if (known.runsOutAt && known.runsOutAt - now < SOON) {
    return { code: 'synced', tone: 'attention', words: `${sent}. Visit ${name} soon: its sign-in runs out ${until(known.runsOutAt, now)}.` };
  }
  if (known.server?.status === 'active') {
    const who = known.server.account ? ` as ${known.server.account}` : '';
    return { code: 'synced', tone: 'good', words: `Signed in${who} · synced ${ago(known.sentAt, now)}` };
  }
  return { code: 'synced', tone: 'good', words: sent };
}

/** @param {import('./state.js').Queued} queued @param {number} now */
const next = (queued, now) => (queued.nextTryAt ? until(queued.nextTryAt, now) : 'in a moment');

/** @param {string | undefined} text */
const sentence = (text) => (!text ? 'The server did not take it.' : /[.!?]$/.test(text) ? text : `${text}.`);
