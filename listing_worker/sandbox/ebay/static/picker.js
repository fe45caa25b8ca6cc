// The category dialog: search or walk down the tree to a leaf, then "Done". Used before and in the form.

import { $, element, escaped, getJson } from './core.js';

/** Opens the dialog; resolves to {id, name, path} or null when it is closed without a choice. */
export function pickCategory({ current = '' } = {}) {
  const dialog = element(`
    <div class="lightbox-dialog category-picker" role="dialog" aria-modal="true" aria-label="Select a category">
      <div class="lightbox-dialog__window">
        <div class="se-panel-container__header"><h2>Item category</h2><button type="button" class="icon-btn lightbox-dialog__close" aria-label="Close">✕</button></div>
        <div class="category-picker__start"></div>
        <div class="category-picker__body" hidden>
          <input type="text" class="textbox__control" placeholder="Enter a category value" aria-label="Enter a category value" autocomplete="off">
          <div class="category-picker__selected" hidden><span>Selected</span> <span class="category-picker__selected-nodes"></span></div>
          <div class="category-picker__choices"></div>
        </div>
        <div class="se-panel-container__header-suffix"><button type="button" class="btn btn--primary category-picker__done" disabled>Done</button></div>
      </div>
    </div>`);
  const search = $('input', dialog);
  const choices = $('.category-picker__choices', dialog);
  const nodes = $('.category-picker__selected-nodes', dialog);
  const done = $('.category-picker__done', dialog);
  let picked = null;
  let latest = 0;

  function pick(category) {
    picked = category;
    done.disabled = !category;
  }

  function show(categories, withPath) {
    choices.replaceChildren(
      ...categories.map((category) => {
        const path = escaped(category.path.slice(0, -1).join(' > '));
        if (!category.leaf) {
          const row = element(`<button type="button" class="category-picker__node">${escaped(category.name)}</button>`);
          row.addEventListener('click', () => walk(category.id));
          return row;
        }
        const row = element(`<label class="se-radio-group__option"><input type="radio" name="category-choice" value="${category.id}">
          <span class="se-radio-group__name">${escaped(category.name)}</span>${withPath ? `<span class="se-radio-group__path">in ${path}</span>` : ''}</label>`);
        $('input', row).addEventListener('change', () => pick(category));
        return row;
      }),
    );
  }

  async function walk(parentId) {
    const turn = ++latest;
    pick(null);
    const answer = await getJson(`/sl/prelist/api/category/children?parentId=${encodeURIComponent(parentId)}`);
    if (turn !== latest) return;
    $('.category-picker__selected', dialog).hidden = !answer.selected.length;
    nodes.replaceChildren(
      ...answer.selected.flatMap((category, index) => {
        const crumb = element(`<button type="button" class="fake-link">${escaped(category.name)}</button>`);
        crumb.addEventListener('click', () => walk(index ? answer.selected[index - 1].id : ''));
        return index ? [' > ', crumb] : [crumb];
      }),
    );
    search.hidden = answer.selected.length > 0;
    show(answer.categories, false);
  }

  search.addEventListener('input', async () => {
    const turn = ++latest;
    const text = search.value.trim();
    if (!text) return walk('');
    const answer = await getJson(`/sl/prelist/api/category/search?keyword=${encodeURIComponent(text)}`);
    if (turn === latest) {
      pick(null);
      show(answer.categories, true);
    }
  });

  function begin() {
    $('.category-picker__start', dialog).hidden = true;
    $('.category-picker__body', dialog).hidden = false;
    walk('');
  }

  if (current) {
    const start = $('.category-picker__start', dialog);
    start.append(
      element(`<div class="se-field-card"><button type="button" class="se-field-card__body">First category <b>${escaped(current)}</b></button></div>`),
      element('<div class="se-field-card"><button type="button" class="se-field-card__body" disabled>Second category (fees may apply)</button></div>'),
    );
    $('button', start).addEventListener('click', begin);
  } else begin();

  document.body.append(dialog);
  return new Promise((resolve) => {
    const close = (result) => {
      dialog.remove();
      resolve(result);
    };
    done.addEventListener('click', () => close(picked));
    $('.lightbox-dialog__close', dialog).addEventListener('click', () => close(null));
  });
}
