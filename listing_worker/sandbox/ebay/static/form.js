// The listing form. There is no <form>: every control saves itself into the draft.

import { Autosave } from './autosave.js';
import { $, $$, chosen, element, escaped, hydrate, on } from './core.js';
import { description } from './description.js';
import { photos } from './photos.js';
import { pickCategory } from './picker.js';
import { specifics } from './specifics.js';

const state = JSON.parse($('#lstng-state').textContent);
const TEXT = 'input.textbox__control, textarea.textbox__control';
let leaving = false; // on our own account: no question asked

function fieldName(control) {
  return control.dataset.field || control.name;
}

function belongs(control) {
  const name = fieldName(control);
  return name && !name.startsWith('search-box-') && !['keywords', 'description'].includes(name) && !control.closest('.category-picker') && !control.matches('.combobox__control');
}

function valueOf(control) {
  const name = fieldName(control);
  if (name.startsWith('attributes.')) return [control.value];
  return control.value;
}

function start() {
  const rows = specifics((changes) => autosave.save(changes));
  const autosave = new Autosave(state, (answer, changes) => {
    if (answer.redirectUrl) return leave(answer.redirectUrl);
    for (const [name, html] of Object.entries(answer.modules ?? {})) swap(name, html);
    if (answer.recommendedPrice && 'format' in changes) setTimeout(() => recommend(answer.recommendedPrice), 400);
    return undefined;
  });

  function swap(name, html) {
    const old = $(`[data-module="${name}"]`);
    if (!old) return;
    const focused = old.contains(document.activeElement) ? fieldName(document.activeElement) : '';
    old.replaceWith(element(html));
    if (name === 'attributes') rows.rerendered();
    if (focused) $(`[data-module="${name}"] [name="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The site's own price goes into a price field that is still empty. */
  function recommend(price) {
    const field = $('#price-field');
    if (!field || field.value || !$('input[name="priceAutoFillPref"]').checked) return;
    field.value = price;
    autosave.save({ price });
  }

  function leave(url) {
    leaving = true;
    location.assign(url);
  }

  // ---- plain fields ----
  const last = new WeakMap();
  const keep = (control, soon) => {
    const value = control.value;
    if (last.get(control) === value) return;
    last.set(control, value);
    autosave.save({ [fieldName(control)]: valueOf(control) }, { soon });
  };
  on('focusin', TEXT, (control) => last.has(control) || last.set(control, control.value));
  on('input', TEXT, (control) => {
    if (!belongs(control)) return;
    if (control.name === 'title') $('[data-counter="title"]').textContent = `${control.value.length}/80`;
    keep(control, true);
  });
  on('focusout', TEXT, (control) => {
    if (!belongs(control)) return;
    keep(control, false);
    autosave.flush();
  });
  on('change', 'select.listbox-native', (select) => autosave.save({ [select.name]: select.value }));
  on('change', '.switch__control', (box) => {
    const changes = { [box.name]: box.checked };
    if (box.name === 'bestOffer') $('.offer-fields').hidden = !box.checked;
    if (box.name === 'promotedListing') {
      $('.promote-fields').hidden = !box.checked;
      if (box.checked && !$('input[name="adRate"]').value) changes.adRate = $('input[name="adRate"]').value = '11.0';
    }
    autosave.save(changes);
  });
  // What was entered before the script took over is in the page but not in the draft yet.
  for (const control of $$(TEXT)) {
    last.set(control, control.value);
    if (belongs(control) && control.value !== control.defaultValue) autosave.save({ [fieldName(control)]: valueOf(control) }, { soon: true });
  }
  for (const box of $$('.switch__control')) if (box.checked !== box.defaultChecked) autosave.save({ [box.name]: box.checked }, { soon: true });

  // ---- category and condition ----
  on('click', '[data-action="edit-category"]', async (button) => {
    const category = await pickCategory({ current: button.textContent });
    if (category) autosave.save({ categoryId: category.id });
  });
  on('click', '[data-action="edit-condition"]', () => ($('#condition-dialog').hidden = false));
  on('click', '[data-action="condition-done"]', () => {
    $('#condition-dialog').hidden = true;
    const condition = chosen('condition-choice');
    if (condition) autosave.save({ condition });
  });
  on('click', '.condition-recommendation-value', (button) => autosave.save({ condition: button.dataset.condition }));

  // ---- format: a listbox ----
  on('click', '.listbox-button__control', (button) => {
    const list = button.nextElementSibling;
    list.hidden = !list.hidden;
    button.setAttribute('aria-expanded', String(!list.hidden));
  });
  on('click', '.listbox-button__option', (option) => {
    const box = option.closest('.listbox-button');
    $('[role="listbox"]', box).hidden = true;
    const button = $('.listbox-button__control', box);
    button.setAttribute('aria-expanded', 'false');
    $('.btn__text', button).textContent = option.textContent.trim();
    autosave.save({ format: option.dataset.format });
  });

  // ---- policies: comboboxes ----
  on('click', '.combobox__control', (input) => {
    const list = input.nextElementSibling;
    list.hidden = !list.hidden;
    input.setAttribute('aria-expanded', String(!list.hidden));
  });
  on('click', '.combobox__option', (option) => {
    const box = option.closest('.combobox');
    $('input', box).value = option.dataset.value;
    $('input', box).setAttribute('aria-expanded', 'false');
    $('[role="listbox"]', box).hidden = true;
    for (const other of $$('.combobox__option', box)) other.setAttribute('aria-selected', String(other === option));
    autosave.save({ [box.dataset.policy]: option.dataset.value });
  });

  // ---- settings ----
  on('click', '[data-action="edit-settings"]', () => ($('#settings-dialog').hidden = false));
  on('click', '[data-action="settings-done"]', () => {
    $('#settings-dialog').hidden = true;
    $('.item-location').textContent = $('input[name="itemLocation"]').value;
    const returns = $('select[name="returnsAccepted"]');
    if (returns) $('.returns-field-display__container').textContent = `Domestic returns: ${returns.selectedOptions[0].textContent}`;
  });

  // ---- the other form ----
  on('click', '[data-action="stay-on-form"]', () => $('.form-switch').remove());
  on('click', '[data-action="switch-form"]', () => leave(`/lstng/simple?draftId=${state.draftId}`));

  // ---- sections that come on scrolling ----
  for (const lazy of $$('.lazy-section')) {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      lazy.replaceWith($('template', lazy).content);
    });
    seen.observe(lazy);
  }

  photos(state, (changes) => autosave.save(changes));
  description((changes) => autosave.save(changes));

  // ---- the end ----
  on('click', '[data-action="publish"]', () => publish());
  on('click', '[data-action="save-for-later"]', async () => {
    await autosave.flush();
    leave('https://www.ebay.com/sh/lst/drafts');
  });
  on('click', '[data-action="preview"]', async () => {
    await autosave.flush();
    preview();
  });
  window.addEventListener('beforeunload', (e) => {
    if (!leaving) e.preventDefault();
  });

  async function publish() {
    await autosave.flush();
    let answer;
    let body;
    try {
      answer = await fetch(`/lstng/api/listing_draft/${state.draftId}/publish?mode=${state.mode}`, {
        method: 'POST',
        credentials: 'include',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ draftId: state.draftId }),
      });
      body = await answer.json();
    } catch {
      return complain([{ message: 'Something went wrong. Please try again.' }]);
    }
    if (body.redirectUrl) return leave(body.redirectUrl);
    if (!answer.ok) return complain(body.errors ?? [{ message: 'Something went wrong. Please try again.' }]);
    leaving = true; // nothing unsaved any more
    complain([]);
    return state.mode === 'ReviseItem' ? revised(body) : listed(body);
  }
}

function complain(errors) {
  const notices = $('.lstng__notices');
  for (const marked of $$('.field--error')) marked.classList.remove('field--error');
  for (const marked of $$('[aria-invalid="true"]')) marked.removeAttribute('aria-invalid');
  notices.replaceChildren();
  if (!errors.length) return;
  notices.append(
    element(`<section class="page-notice page-notice--attention summary--error" role="alert" aria-label="Attention"><h3>Fix the following to list your item</h3><ul>${errors.map((error) => `<li>${escaped(error.message)}</li>`).join('')}</ul></section>`),
  );
  for (const { field } of errors) {
    if (!field) continue;
    const control = $(`#lstng [name="${CSS.escape(field)}"]`) ?? (field === 'price' ? $('#price-field') : null);
    control?.setAttribute('aria-invalid', 'true');
    control?.closest('.field-line, .summary__attributes--field')?.classList.add('field--error');
  }
  notices.scrollIntoView({ block: 'start' });
}

function listed({ itemId, title, listingUrl, underReview, successUrl }) {
  if (successUrl) return location.assign(successUrl);
  const heading = underReview ? 'Your listing is being reviewed' : 'Your listing is now live';
  const overlay = element(`
    <div class="diy--sidepane success-overlay" role="dialog" aria-modal="true" aria-label="${heading}">
      <div class="success-overlay__pane">
        <section class="page-notice page-notice--confirmation" role="status"><h2>${heading}</h2></section>
        <div class="success-overlay__item"><p class="success-overlay__title">${escaped(title)}</p><p class="success-overlay__id">ID-${itemId}</p><a href="${listingUrl}">View your listing page</a></div>
        <a class="btn btn--primary btn--fluid" href="${listingUrl}">View listing</a>
        <a class="btn btn--secondary btn--fluid" href="/sl/prelist/home">Create new listing</a>
        <a class="btn btn--secondary btn--fluid" href="/sl/list?mode=SellSimilarItem&amp;itemId=${itemId}">Create similar listing</a>
        <button type="button" class="btn btn--secondary btn--fluid">Share listing</button>
        <a class="btn btn--secondary btn--fluid" href="/sh/lst/active">Done</a>
      </div>
    </div>`);
  document.body.append(overlay);
}

function revised({ itemId }) {
  const dialog = element(`
    <div class="lightbox-dialog" role="dialog" aria-modal="true" aria-label="Your listing has been revised"><div class="lightbox-dialog__window">
      <h2>Your listing has been revised</h2><p>ID-${itemId}</p><a class="btn btn--primary" href="/sh/lst/active">Done</a></div></div>`);
  document.body.append(dialog);
}

function preview() {
  const title = $('input[name="title"]').value;
  const dialog = element(`<div class="lightbox-dialog" role="dialog" aria-modal="true" aria-label="Preview"><div class="lightbox-dialog__window"><h2>${escaped(title)}</h2><p class="hint">This is how your listing will start.</p><button type="button" class="btn btn--primary">Close</button></div></div>`);
  $('button', dialog).addEventListener('click', () => dialog.remove());
  document.body.append(dialog);
}

hydrate(start);
