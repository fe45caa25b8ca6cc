// Fills the home page: how each marketplace's session stands, and the last jobs. Looks again while something moves.

import { Refused, request, takeToken } from './session.js';

const LOOK_EVERY = 3000; // ms, while a job is processing
const STATES = {
  queued: 'Queued',
  waiting: 'Waiting',
  running: 'Running',
  publishing: 'Publishing',
  uncertain: 'Checking',
  live: 'Live',
  pending_review: 'Pending review',
  action_required: 'Needs you',
  failed: 'Failed',
  cancelled: 'Cancelled',
  sold: 'Sold',
  delisted: 'Delisted',
};
const SESSIONS = {
  active: 'Signed in',
  unproven: 'Synced, not tried yet',
  signed_out: 'Signed out',
  expired: 'Expired',
  missing: 'Not connected',
};
const JOBS = {
  processing: 'Processing',
  completed: 'Completed',
  partial_success: 'Partly posted',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const signedOut = /** @type {HTMLElement} */ (document.getElementById('signed-out'));
const jobList = /** @type {HTMLElement} */ (document.getElementById('jobs'));
const noJobs = /** @type {HTMLElement} */ (document.getElementById('no-jobs'));
const names = new Map(
  [...document.querySelectorAll('[data-marketplace]')].map((card) => [
    /** @type {HTMLElement} */ (card).dataset.marketplace,
    card.querySelector('h3')?.textContent ?? '',
  ]),
);

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** @param {any[]} sessions */
function showSessions(sessions) {
  for (const session of sessions) {
    const card = document.querySelector(`[data-marketplace="${CSS.escape(session.marketplace)}"]`);
    if (!card) continue;
    const state = /** @type {HTMLElement} */ (card.querySelector('[data-status]'));
    state.textContent = SESSIONS[session.status] ?? session.status;
    state.dataset.status = session.status;
    const account = session.account ? `As ${session.account}. ` : '';
    const detail = /** @type {HTMLElement} */ (card.querySelector('[data-detail]'));
    detail.textContent = account + session.message;
  }
}

/** @param {any} posting */
function postingRow(posting) {
  const state = element('span', { class: 'state', 'data-status': posting.state }, STATES[posting.state] ?? posting.state);
  const row = element('li', {}, element('strong', {}, names.get(posting.marketplace) ?? posting.marketplace), ' ', state);
  if (posting.url?.startsWith('https://')) {
    row.append(' ', element('a', { href: posting.url, rel: 'noreferrer' }, 'Open listing'));
  }
  if (posting.reason) {
    row.append(element('p', { class: 'quiet' }, [posting.reason.message, posting.reason.action].filter(Boolean).join(' ')));
  }
  return row;
}

/** @param {any[]} jobs */
function showJobs(jobs) {
  noJobs.hidden = jobs.length > 0;
  jobList.replaceChildren(
    ...jobs.map((job) =>
      element(
        'li',
        { class: 'card' },
        element('h3', {}, JOBS[job.status] ?? job.status),
        element('p', { class: 'quiet' }, new Date(job.created_at).toLocaleString()),
        element('ul', { class: 'plain' }, ...job.postings.map(postingRow)),
      ),
    ),
  );
}

/** @param {string} token @returns {Promise<boolean>} whether something still moves */
async function look(token) {
  const [{ sessions }, { jobs }] = await Promise.all([
    request(token, 'GET', '/api/sessions/validate'),
    request(token, 'GET', '/api/jobs?limit=10'),
  ]);
  showSessions(sessions);
  showJobs(jobs);
  return jobs.some((/** @type {any} */ job) => job.status === 'processing');
}

async function run() {
  const token = takeToken();
  signedOut.hidden = token !== null;
  if (!token) return;
  try {
    while (await look(token)) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  } catch (error) {
    signedOut.hidden = false;
    signedOut.textContent = error instanceof Refused ? error.message : 'The server does not answer. Reload to try again.';
  }
}

void run();
