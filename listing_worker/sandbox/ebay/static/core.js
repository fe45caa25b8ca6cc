// Hydration, autosave and small helpers, shared by the pages that do something.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Server-rendered markup does nothing until its script has taken it over: earlier clicks are swallowed. */
export function hydrate(start) {
  const delay = Number(document.body.dataset.ms || 300);
  setTimeout(start, delay);
}

/** One listener per event on the document, so markup that is swapped in later needs no wiring. */
export function on(event, selector, handler) {
  document.addEventListener(event, (e) => {
    const target = e.target instanceof Element ? e.target.closest(selector) : null;
    if (target) handler(target, e);
  });
}

export function element(html) {
  const template = document.createElement('template');
  template.innerHTML = html.trim();
  return template.content.firstElementChild;
}

export function escaped(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

export async function getJson(url) {
  const answer = await fetch(url, { credentials: 'include' });
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 401 && body.redirectUrl) location.assign(body.redirectUrl);
  return body;
}

/** A radio under its styled shell shows what the browser's own control says. */
export function chosen(name, root = document) {
  return $(`input[name="${name}"]:checked`, root)?.value ?? '';
}
