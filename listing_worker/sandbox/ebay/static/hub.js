// Seller Hub's row menus, the "End listing" dialog and the question before a draft is deleted.

import { $, hydrate, on } from './core.js';

let ending = '';
let deleting = '';

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
    await fetch(`/sh/lst/api/${ending}/end`, { method: 'POST', credentials: 'include' }).catch(() => undefined);
    location.reload();
  });
  const question = $('#delete-dialog');
  on('click', '.fake-menu__item[data-delete]', (item) => {
    deleting = item.dataset.delete;
    question.hidden = false;
  });
  on('click', '#delete-cancel', () => (question.hidden = true));
  on('click', '#delete-confirm', async () => {
    await fetch(`/sh/lst/api/drafts/${deleting}/delete`, { method: 'POST', credentials: 'include' }).catch(() => undefined);
    location.reload();
  });
});
