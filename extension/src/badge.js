// The badge: empty = fine. Colour is never the only sign, and the tooltip and the popup say it in words.

import { alone } from './lock.js';
import { marketplace } from './marketplaces.js';
import { waiting } from './pairing.js';
import * as state from './state.js';

const RED = '#b91c1c';
const AMBER = '#b45309';
const GREY = '#475569';

/** @returns {Promise<{text: string, color: string, title: string}>} */
async function look() {
  if (await waiting()) return { text: '?', color: AMBER, title: 'A web page wants to connect: allow or deny it' };
  const paired = await state.pairing();
  if (paired?.stopped) return { text: '!', color: RED, title: paired.stopped };
  const { connected, queued } = await state.names();
  if (!paired) {
    return connected.length
      ? { text: '!', color: RED, title: 'Not connected to your listing worker' }
      : { text: '', color: GREY, title: 'Listing Worker' };
  }
  for (const name of connected) {
    const site = await state.siteState(name);
    const { displayName } = marketplace(name);
    if (site?.problem) return { text: '!', color: AMBER, title: `${displayName}: ${site.problem.message}` };
    if (site?.hint === false || site?.server?.status === 'signed_out') {
      return { text: '!', color: AMBER, title: `Sign in to ${displayName} in this browser` };
    }
  }
  const names = queued.map((name) => marketplace(name).displayName).join(', ');
  if (queued.length) return { text: '…', color: GREY, title: `Waiting to sync: ${names}` };
  return { text: '', color: GREY, title: 'Listing Worker: everything is synced' };
}

/** One at a time: whoever looks last, shows last. */
export const updateBadge = () =>
  alone('badge', async () => {
    const { text, color, title } = await look();
    await Promise.all([
      chrome.action.setBadgeText({ text }),
      chrome.action.setBadgeBackgroundColor({ color }),
      chrome.action.setBadgeTextColor({ color: '#ffffff' }),
      chrome.action.setTitle({ title }),
    ]);
  });
