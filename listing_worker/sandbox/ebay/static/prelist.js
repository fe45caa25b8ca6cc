// The pages before the form.

import { $, chosen, hydrate, on } from './core.js';
import { pickCategory } from './picker.js';

const page = $('.prelist');
const title = page.dataset.title ?? '';

function go(path, parameters) {
  location.assign(`${path}?${new URLSearchParams(parameters)}`);
}

function search() {
  const text = $('input[name="keywords"]').value.trim();
  if (text) go('/sl/prelist/identify', { sr: 'sug', title: text });
}

async function moreCategories() {
  const onward = $('.prelist-radix__next-action');
  if (onward) onward.disabled = true;
  const category = await pickCategory();
  if (category) go('/sl/prelist/identify', { sr: 'sug', title, caty: category.id });
  else if (onward) onward.disabled = false;
}

function toListing() {
  const pressed = $('.condition-button[aria-pressed="true"]');
  const condition = pressed ? pressed.dataset.condition : chosen('condition');
  go('/sl/list', { mode: 'AddItem', categoryId: page.dataset.category, title, condition });
}

hydrate(() => {
  on('click', '[data-action="search"]', search);
  on('keydown', 'input[name="keywords"]', (_, e) => e.key === 'Enter' && search());
  on('click', '.se-field-card__body[data-category]', (card) => go('/sl/prelist/identify', { sr: 'sug', title, caty: card.dataset.category }));
  on('click', '[data-action="more-categories"]', moreCategories);
  on('click', '.product-card__button', (card) => {
    const here = new URLSearchParams(location.search);
    const onward = new URLSearchParams($('.prelist-radix__next-action').dataset.onward.split('?')[1]);
    go('/sl/prelist/identify', { sr: 'sug', title: here.get('title') ?? title, caty: onward.get('caty'), mode: 'SellLikeItem', itemId: card.dataset.match, matchTitle: card.dataset.matchTitle, view: 'sellnode-condition' });
  });
  on('click', '.prelist-radix__next-action', (button) => location.assign(button.dataset.onward));
  on('change', 'input[name="condition"]', () => ($('.condition-dialog-radix__continue-btn').disabled = false));
  on('click', '.condition-button', (button) => {
    document.querySelectorAll('.condition-button').forEach((other) => other.setAttribute('aria-pressed', String(other === button)));
    $('.condition-dialog-radix__continue-btn').disabled = false;
  });
  on('click', '.condition-dialog-radix__continue-btn', toListing);
  const onward = $('.prelist-radix__next-action');
  if (onward) setTimeout(() => ($('.category-picker') ? null : (onward.disabled = false)), 300);
  if (page.matches('.prelist--category') && !$('.se-field-card')) moreCategories();
  const early = chosen('condition');
  if (early) $('.condition-dialog-radix__continue-btn').disabled = false;
});
