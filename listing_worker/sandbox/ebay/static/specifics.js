// Item specifics: one menu per row, all of them in the page from the start, hidden.

import { $, $$, element, escaped, on } from './core.js';

/** Wires all rows; `save(changes)` stores them. */
export function specifics(save) {
  let open = null; // the row whose menu is open
  let typed = ''; // what real key presses have put into its search box

  const rowOf = (node) => node.closest('.summary__attributes--field');
  const keyOf = (row) => row.dataset.name;
  const options = (row) => $$('.menu__item', row);
  const values = (row) => options(row).filter((o) => o.getAttribute('aria-checked') === 'true').map((o) => o.dataset.value);

  function close() {
    if (!open) return;
    const row = open;
    open = null;
    typed = '';
    const search = $('.se-filter-menu-button__menu-container input', row);
    search.value = ''; // whatever stood there and was not committed is gone
    search.style.display = 'none';
    $('.se-filter-menu-button__menu-container', row).style.display = 'none';
    $('.fake-menu-button__button', row).setAttribute('aria-expanded', 'false');
    filter(row, '');
  }

  function show(row) {
    close();
    open = row;
    $('.se-filter-menu-button__menu-container', row).style.display = '';
    $('.fake-menu-button__button', row).setAttribute('aria-expanded', 'true');
    const search = $('.se-filter-menu-button__menu-container input', row);
    search.style.display = '';
    search.focus();
  }

  function filter(row, text) {
    const wanted = text.trim().toLowerCase();
    for (const option of options(row)) option.hidden = !!wanted && !option.dataset.value.toLowerCase().includes(wanted);
    for (const group of $$('details', row)) {
      if (wanted) group.open = $$('.menu__item', group).some((option) => !option.hidden);
    }
    const add = $('.se-filter-menu-button__add-custom-value', row);
    const known = options(row).some((option) => option.dataset.value.toLowerCase() === wanted);
    add.hidden = !wanted || known || 'selection' in row.dataset;
    add.textContent = add.hidden ? '' : `Add custom value: + ${text.trim()}`;
    add.dataset.value = text.trim();
  }

  function paint(row) {
    const chosenValues = values(row);
    const button = $('.fake-menu-button__button', row);
    const text = $('.se-expand-button__button-text', button);
    const sizeType = $('.menu__item[aria-checked="true"]', row)?.dataset.sizeType;
    const first = 'joined' in row.dataset && sizeType ? `${sizeType} - ${chosenValues[0]}` : chosenValues[0];
    text.textContent = chosenValues.length > 1 ? `${first} (+${chosenValues.length - 1})` : first ?? '';
    if (chosenValues.length) button.removeAttribute('aria-label');
    for (const pill of $$('.summary__attributes--pill', row)) pill.setAttribute('aria-pressed', String(chosenValues.includes(pill.dataset.value)));
  }

  function commit(row, value, option) {
    const multi = 'multi' in row.dataset;
    let chosenOption = option ?? options(row).find((o) => o.dataset.value === value);
    if (!chosenOption) {
      chosenOption = element(`<div class="filter-menu__item menu__item" role="${multi ? 'menuitemcheckbox' : 'menuitemradio'}" aria-checked="false" tabindex="-1" data-value="${escaped(value)}"><span class="filter-menu__text">${escaped(value)}</span></div>`);
      $('.filter-menu', row).prepend(chosenOption);
    }
    const was = chosenOption.getAttribute('aria-checked') === 'true';
    if (!multi) for (const other of options(row)) other.setAttribute('aria-checked', 'false');
    chosenOption.setAttribute('aria-checked', String(multi ? !was : true));
    const changes = { [keyOf(row)]: values(row) };
    if (chosenOption.dataset.sizeType) changes['attributes.Size Type'] = [chosenOption.dataset.sizeType];
    paint(row);
    if (multi) {
      const search = $('.se-filter-menu-button__menu-container input', row);
      search.value = typed = '';
      filter(row, '');
    } else if (open === row) close();
    save(changes);
    if (changes['attributes.Size Type']) {
      const sizeTypeRow = $('[data-name="attributes.Size Type"]');
      const same = sizeTypeRow && options(sizeTypeRow).find((o) => o.dataset.value === chosenOption.dataset.sizeType);
      if (same && same.getAttribute('aria-checked') !== 'true') {
        for (const other of options(sizeTypeRow)) other.setAttribute('aria-checked', String(other === same));
        paint(sizeTypeRow);
      }
    }
  }

  on('click', '.summary__attributes .fake-menu-button__button', (button) => {
    const row = rowOf(button);
    if (open === row) close();
    else show(row);
  });
  on('click', '.summary__attributes .menu__item', (option) => commit(rowOf(option), option.dataset.value, option));
  on('click', '.se-filter-menu-button__add-custom-value', (button) => commit(rowOf(button), button.dataset.value));
  on('click', '.summary__attributes--pill', (pill) => commit(rowOf(pill), pill.dataset.value));
  on('click', '.se-toggle-button-group__toggle-button', (toggle) => {
    const row = rowOf(toggle);
    for (const other of $$('.se-toggle-button-group__toggle-button', row)) other.setAttribute('aria-pressed', String(other === toggle));
    $('input[type="hidden"]', row).value = toggle.dataset.value;
    save({ [keyOf(row)]: [toggle.dataset.value] });
  });
  on('click', '.tooltip__host', (host) => {
    const tip = host.nextElementSibling;
    tip.hidden = !tip.hidden;
    host.setAttribute('aria-expanded', String(!tip.hidden));
  });
  on('input', '[name^="search-box-attributes"]', (search) => filter(rowOf(search), search.value));
  on('keydown', '[name^="search-box-attributes"]', (search, e) => {
    if (e.key !== 'Enter') return undefined;
    e.preventDefault();
    const row = rowOf(search);
    const text = typed.trim();
    if (!text || text !== search.value.trim()) return close();
    const known = options(row).find((o) => o.dataset.value.toLowerCase() === text.toLowerCase() && !o.closest('details[hidden]'));
    if (known) return known.getAttribute('aria-checked') === 'true' ? close() : commit(row, known.dataset.value, known);
    return 'selection' in row.dataset ? close() : commit(row, text);
  });
  on('keyup', '[name^="search-box-attributes"]', (search, e) => {
    if (e.key.length === 1 || e.key === 'Backspace') typed = search.value;
  });
  document.addEventListener('keydown', (e) => e.key === 'Escape' && close());
  document.addEventListener('mousedown', (e) => {
    if (open && !(e.target instanceof Element && e.target.closest('.se-filter-menu-button') === $('.se-filter-menu-button', open))) close();
  });

  let more = false;
  let applied = false;
  on('click', '[data-action="show-more"]', (button) => {
    more = !more;
    unfold(button);
  });
  function unfold(button) {
    const rest = $('.summary__attributes--more');
    if (!rest || !button) return;
    rest.hidden = !more;
    button.setAttribute('aria-expanded', String(more));
    button.textContent = more ? 'Show less' : 'Show more';
  }
  on('click', '[data-action="apply-all"]', (button) => {
    const changes = {};
    for (const box of $$('input[data-suggest]:checked', button.parentElement)) changes[box.dataset.suggest] = [box.dataset.value];
    for (const [key, value] of Object.entries(changes)) {
      const row = $(`[data-name="${key}"]`);
      if (row) commit(row, value[0]);
    }
    button.closest('.summary__attributes--ai').remove();
    applied = true;
  });

  /** After the rows were rendered anew: an open menu is gone, the optional rows stay as they were. */
  return {
    rerendered() {
      open = null;
      typed = '';
      unfold($('[data-action="show-more"]'));
      if (applied) $('.summary__attributes--ai')?.remove();
    },
  };
}
