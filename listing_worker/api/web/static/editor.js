// The editor: photos (upload with progress, drag, arrows, rotate, remove), counters per marketplace, tabs.

import { Refused, request } from './session.js';
import { csrf, say } from './app.js';

const form = /** @type {HTMLFormElement} */ (document.getElementById('editor'));
const limits = JSON.parse(form.dataset.limits);
const names = JSON.parse(form.dataset.names);

// ---- photos ----

const photos = /** @type {HTMLElement} */ (document.getElementById('photos'));
const strip = /** @type {HTMLElement} */ (document.getElementById('strip'));
const files = /** @type {HTMLInputElement} */ (document.getElementById('files'));
const bar = /** @type {HTMLProgressElement} */ (document.getElementById('upload'));
const told = /** @type {HTMLElement} */ (document.getElementById('upload-said'));
const template = /** @type {HTMLTemplateElement} */ (document.getElementById('photo-template'));

/** @param {string} id */
function added(id) {
  const item = template.content.firstElementChild.cloneNode(true);
  name(item, id);
  strip.append(item);
}

/** @param {HTMLElement} item @param {string} id */
function name(item, id) {
  item.dataset.photo = id;
  item.querySelector('input').value = id;
  item.querySelector('img').src = `/api/photos/${id}?width=320`;
}

/** One photo at a time, with its progress; the page's other parts stay usable. @param {File} file @param {(part: number) => void} heard */
function upload(file, heard) {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open('POST', '/api/photos');
    sending.setRequestHeader('X-CSRF-Token', csrf());
    sending.upload.addEventListener('progress', (event) => heard(event.total ? event.loaded / event.total : 0));
    sending.addEventListener('error', () => reject(new TypeError('The server does not answer.')));
    sending.addEventListener('load', () => {
      let answer = {};
      try { answer = JSON.parse(sending.responseText); } catch { /* told by its status */ }
      if (sending.status === 201) resolve(answer.photos[0].id);
      else reject(new Refused(sending.status, answer.error ?? {}));
    });
    const body = new FormData();
    body.append('photos', file);
    sending.send(body);
  });
}

/** @param {File[]} chosen */
async function uploadAll(chosen) {
  const wrong = [];
  bar.hidden = false;
  for (const [n, file] of chosen.entries()) {
    told.textContent = photos.dataset.uploading.replace('{n}', String(n + 1)).replace('{of}', String(chosen.length));
    try {
      added(await upload(file, (part) => { bar.value = (n + part) / chosen.length; }));
    } catch (error) {
      wrong.push(`${file.name}: ${error.message}`);
    }
  }
  bar.hidden = true;
  told.textContent = wrong.length
    ? photos.dataset.failed.replace('{why}', wrong.join(' '))
    : photos.dataset.done.replace('{n}', String(strip.children.length));
  count();
}

files.addEventListener('change', () => {
  const chosen = [...files.files];
  files.value = '';
  void uploadAll(chosen);
});
photos.addEventListener('dragover', (event) => event.preventDefault());
photos.addEventListener('drop', (event) => {
  if (!event.dataTransfer?.files.length) return;
  event.preventDefault();
  void uploadAll([...event.dataTransfer.files]);
});
strip.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-do]') : null;
  const item = button?.closest('li');
  if (!item) return;
  if (button.dataset.do === 'left') item.previousElementSibling?.before(item);
  if (button.dataset.do === 'right') item.nextElementSibling?.after(item);
  if (button.dataset.do === 'remove') {
    (item.nextElementSibling ?? item.previousElementSibling)?.querySelector('[data-do=remove]').focus();
    item.remove();
  } else if (button.dataset.do === 'rotate') {
    try {
      name(item, (await request('POST', `/api/photos/${item.dataset.photo}/rotate`)).id);
    } catch (error) {
      say(error.message);
    }
  } else button.focus();
  count();
});
globalThis.addEventListener('DOMContentLoaded', start);
if (document.readyState !== 'loading') start();
function start() {
  globalThis.Sortable?.create(strip, { animation: 120, filter: '.tools, .tools *', preventOnFilter: false, delay: 120, delayOnTouchOnly: true });
}

// ---- counters ----

/** What a marketplace gets: its own text if there is one. @param {string} site @param {string} field */
function given(site, field) {
  const own = /** @type {HTMLInputElement | null} */ (document.getElementById(`o.${site}.${field}`));
  const master = /** @type {HTMLInputElement} */ (document.getElementById(field));
  return own?.value.trim() || master.value.trim();
}

function count() {
  for (const list of form.querySelectorAll('[data-counts]')) {
    const field = list.dataset.counts;
    const entries = [];
    for (const [site, limit] of Object.entries(limits)) {
      const most = limit[field];
      if (!most) continue;
      const length = given(site, field).length; // UTF-16 units, as the sites' forms count
      const entry = document.createElement('li');
      entry.textContent = `${names[site]} ${length}/${most}`;
      entry.classList.toggle('over', length > most);
      entry.dataset.site = site;
      entries.push(entry);
    }
    list.replaceChildren(...entries);
  }
  for (const mark of form.querySelectorAll('[data-differs]')) {
    const panel = document.getElementById(`panel-${mark.dataset.differs}`);
    const n = [...panel.querySelectorAll('[data-overrides]')].filter((input) => input.value.trim()).length;
    mark.textContent = String(n);
    mark.hidden = n === 0;
  }
}
form.addEventListener('input', count);
count();

// ---- tabs ----

const tabs = /** @type {HTMLElement[]} */ ([...form.querySelectorAll('[role=tab]')]);
/** @param {HTMLElement} chosen */
function choose(chosen) {
  for (const tab of tabs) {
    const on = tab === chosen;
    tab.setAttribute('aria-selected', String(on));
    tab.tabIndex = on ? 0 : -1;
    document.getElementById(tab.getAttribute('aria-controls')).hidden = !on;
  }
}
for (const [n, tab] of tabs.entries()) {
  tab.addEventListener('click', () => choose(tab));
  tab.addEventListener('keydown', (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = tabs[(n + by + tabs.length) % tabs.length];
    choose(next);
    next.focus();
    event.stopPropagation();
  });
}
const wrong = form.querySelector('[role=tabpanel] .wrong')?.closest('[role=tabpanel]');
if (wrong) choose(tabs.find((tab) => tab.getAttribute('aria-controls') === wrong.id));

// The field to correct is where the eye and the keyboard are.
// A field that the form does not have by itself is one of the attributes.
const target = location.hash ? document.getElementById(location.hash.slice(1)) ?? document.getElementById('attributes') : form.querySelector('[aria-invalid=true]');
if (target?.matches('input, textarea, select')) target.focus();

// What was typed is not lost by a wrong click.
let saved = true;
form.addEventListener('input', () => { saved = false; });
form.addEventListener('submit', () => { saved = true; });
addEventListener('beforeunload', (event) => { if (!saved) event.preventDefault(); });
