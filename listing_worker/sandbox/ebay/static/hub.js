// Seller Hub's row menu and the "End listing" dialog.

import { $, hydrate, on } from './core.js';

let ending = '';

hydrate(() => {
  const dialog = $('#end-dialog');
  on('click', '.fake-menu-button__button', (button) => {
    const menu = button.nextElementSibling;
    menu.hidden = !menu.hidden;
    button.setAttribute('aria-expanded', String(!menu.hidden));
  });
  on('click', '.fake-menu__item[data-end]', (item) => {
    ending = item.dataset.end;
    dialog.hidden = false;
  });
  on('change', 'input[name="endReason"]', () => ($('#end-confirm').disabled = false));
  on('click', '#end-cancel', () => (dialog.hidden = true));
  on('click', '#end-confirm', async () => {
    await fetch(`/sh/lst/api/${ending}/end`, { method: 'POST', credentials: 'include' });
    location.reload();
  });
});
