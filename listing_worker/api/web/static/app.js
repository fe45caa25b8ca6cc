// What every page shares: fresh times, keys, copying, the selection bar, and errors that htmx got. No page needs it for
// reading.

const MINUTE = 60;

/** @param {number} seconds positive = past */
function span(seconds) {
  const size = Math.abs(seconds);
  for (const [unit, name] of /** @type {[number, string][]} */ ([[86400, 'd'], [3600, 'h'], [MINUTE, 'min']])) {
    if (size >= unit) {
      const text = `${Math.floor(size / unit)} ${name}`;
      return seconds > 0 ? `${text} ago` : `in ${text}`;
    }
  }
  return seconds > -5 ? 'just now' : `in ${Math.floor(size)} s`;
}

// On a phone the tabs are wider than the page: the one where we are is shown.
for (const here of document.querySelectorAll('.tabs [aria-current]')) here.parentElement.scrollLeft = here.offsetLeft - 32;

function freshen() {
  const now = Date.now() / 1000;
  for (const time of document.querySelectorAll('time.ago')) {
    time.textContent = span(now - Date.parse(/** @type {HTMLTimeElement} */ (time).dateTime) / 1000);
  }
  for (const time of document.querySelectorAll('time.elapsed')) {
    const seconds = Math.max(0, Math.floor(now - Date.parse(time.dataset.since) / 1000));
    time.textContent = `${Math.floor(seconds / MINUTE)}:${String(seconds % MINUTE).padStart(2, '0')}`;
  }
}
setInterval(freshen, 1000);
freshen();

/** @param {string} text */
export function say(text) {
  const place = /** @type {HTMLElement} */ (document.getElementById('said'));
  place.textContent = text;
  place.hidden = !text;
}

export function csrf() {
  return /** @type {HTMLMetaElement | null} */ (document.querySelector('meta[name=csrf]'))?.content ?? '';
}

// A part that renews itself must not take the focus away from somebody who is in it.
document.body.addEventListener('htmx:beforeRequest', (event) => {
  const part = /** @type {HTMLElement} */ (event.target);
  const renews = (part.getAttribute('hx-trigger') ?? '').startsWith('every');
  if (renews && (part.contains(document.activeElement) || document.hidden)) event.preventDefault();
});
document.body.addEventListener('htmx:responseError', (event) => {
  let message = '';
  try {
    message = JSON.parse(event.detail.xhr.responseText).error.message;
  } catch {
    message = 'The server did not understand. Reload the page and try again.';
  }
  say(message);
});
document.body.addEventListener('htmx:afterSettle', () => { freshen(); select(); });

// Keys: / to search, n for new, p to post. Never while typing.
document.addEventListener('keydown', (event) => {
  const typing = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
  if (event.key === 'Escape') {
    for (const open of document.querySelectorAll('details[open]')) open.removeAttribute('open');
    say('');
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const wanted = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)].find((e) => e.checkVisibility());
  if (event.key === 'n' && !wanted) location.assign('/listings/new');
  if (wanted) {
    event.preventDefault();
    if (wanted.matches('input')) wanted.focus();
    else wanted.click();
  }
  if (['ArrowRight', 'ArrowLeft'].includes(event.key)) move(event.key === 'ArrowRight' ? 1 : -1);
});

/** Arrows go from listing to listing. @param {number} by */
function move(by) {
  const links = [...document.querySelectorAll('.tile .strong, .row .strong')];
  const at = links.indexOf(document.activeElement);
  if (at >= 0) links[(at + by + links.length) % links.length].focus();
}

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null;
  if (!button) return;
  navigator.clipboard.writeText(button.dataset.copy).then(() => { button.lastChild.textContent = button.dataset.copied; });
});

// A time is chosen in the seller's own zone and sent as UTC.
document.addEventListener('submit', (event) => {
  for (const input of event.target.querySelectorAll('[data-utc]')) {
    if (!input.value) continue;
    const sent = document.createElement('input');
    sent.type = 'hidden';
    sent.name = input.name;
    sent.value = new Date(input.value).toISOString();
    input.removeAttribute('name');
    input.after(sent);
  }
});

// How many are chosen: the bar under the grid, and the button of the posting page.
function select() {
  const bar = document.querySelector('[data-selection]');
  if (bar) {
    const n = document.querySelectorAll('[name=listing]:checked').length;
    bar.hidden = n === 0;
    bar.querySelector('span').textContent = bar.querySelector('span').dataset.template.replace('{n}', n);
  }
  const button = document.querySelector('[data-count]');
  if (button) {
    const n = document.querySelectorAll(`[name=${button.dataset.count}]:checked`).length;
    button.lastElementChild.textContent = button.dataset.template.replace('{n}', n);
    const fit = /** @type {HTMLInputElement | null} */ (document.querySelector('[data-needed-by]'));
    if (fit) fit.required = fit.dataset.neededBy.split(' ').some((site) => site && document.querySelector(`[name=marketplace][value="${site}"]:checked`));
    button.disabled = n === 0 || document.querySelector('.note.bad') !== null;
  }
}
document.addEventListener('change', select);
addEventListener('pageshow', select);
select();
