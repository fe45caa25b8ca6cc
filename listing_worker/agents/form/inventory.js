// One look at one document: every control that a person could fill or open, with all the texts that may say what it is
// for. Changes nothing. Answers {rows, elements, members}: `rows` is plain data (inventory.py names the keys),
// `elements[i]` the element of row i, `members[i]` its parts (the radio buttons of a group, the options of a list).
() => {
  const SKIP = new Set(['SCRIPT', 'STYLE', 'TEMPLATE', 'NOSCRIPT', 'HEAD', 'svg', 'OPTION', 'OPTGROUP', 'DATALIST']);
  const TICK = new Set(['checkbox', 'radio']);
  const PUSH = new Set(['submit', 'button', 'reset', 'image']);
  const DATES = new Set(['date', 'datetime-local', 'month', 'week', 'time']);
  const LIMIT = 600;

  // ---- the document as one list, open shadow roots included -------------------------------------------------------
  const all = [], end = new Map(), order = new Map();
  const visit = node => {
    for (let e = node.firstElementChild; e; e = e.nextElementSibling) {
      if (SKIP.has(e.tagName)) continue;
      order.set(e, all.length);
      all.push(e);
      if (e.shadowRoot) visit(e.shadowRoot);
      visit(e);
      end.set(e, all.length);
    }
  };
  if (document.body) {
    order.set(document.body, 0);
    all.push(document.body);
    visit(document.body);
    end.set(document.body, all.length);
  }
  const up = e => e.assignedSlot || e.parentElement ||
    (e.getRootNode() instanceof ShadowRoot ? e.getRootNode().host : null);
  const role = e => (e.getAttribute('role') || '').trim().split(/\s+/)[0].toLowerCase();
  const squeeze = text => (text || '').replace(/[\s\u00a0\u200b\ufeff]+/g, ' ').trim();
  const short = (text, most = 160) => squeeze(text).slice(0, most);
  const styles = new Map();
  const style = e => { let s = styles.get(e); if (!s) styles.set(e, s = getComputedStyle(e)); return s; };
  const boxes = new Map();
  const box = e => { let b = boxes.get(e); if (!b) boxes.set(e, b = e.getBoundingClientRect()); return b; };

  // ---- what a person sees -----------------------------------------------------------------------------------------
  const inherited = new Map(); // element → [opacity, inert, aria-hidden, inside something scrolled]
  const state = e => {
    let known = inherited.get(e);
    if (known) return known;
    const parent = up(e);
    const [o, i, h, s] = parent ? state(parent) : [1, false, false, false];
    known = [o * parseFloat(style(e).opacity || '1'), i || !!e.inert, h || e.getAttribute('aria-hidden') === 'true',
      s || (e !== document.scrollingElement && !!(e.scrollLeft || e.scrollTop))];
    inherited.set(e, known);
    return known;
  };
  const rendered = e => {
    if (!e.checkVisibility({visibilityProperty: true})) return false;
    const b = box(e);
    return b.width > 0 && b.height > 0;
  };
  const visible = (e, typed = false, faint = false) => {
    if (!rendered(e)) return false;
    const b = box(e), [opacity, inert, hidden, scrolled] = state(e);
    if (inert || (typed && (hidden || b.width <= 1 || b.height <= 1))) return false;
    if (!faint && opacity < 0.05) return false;
    return scrolled || (b.right + scrollX > 0 && b.bottom + scrollY > 0);
  };

  // ---- texts ------------------------------------------------------------------------------------------------------
  const OWN_TEXT = new Set(['SELECT', 'TEXTAREA', 'SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'INPUT', 'OPTION']);
  const words = (e, inside = true, most = 400) => { // the text of an element without what its controls hold
    let out = '';
    const go = node => {
      for (const child of node.childNodes) {
        if (out.length > most) return;
        if (child.nodeType === 3) out += child.data;
        else if (child.nodeType === 1 && !OWN_TEXT.has(child.tagName)) {
          if (!inside && (child.isContentEditable || /^(listbox|combobox|textbox|menu)$/.test(role(child)))) continue;
          const display = style(child).display;
          if (display === 'none') continue;
          if (child.tagName === 'SLOT') { for (const a of child.assignedNodes()) a.nodeType === 3 ? out += a.data : go(a); }
          const block = display !== 'inline' && display !== 'contents';
          if (block) out += ' ';
          go(child.shadowRoot || child);
          if (block) out += ' ';
        }
      }
    };
    go(e.shadowRoot || e);
    return squeeze(out);
  };
  const byIds = (e, attribute) => (e.getAttribute(attribute) || '').split(/\s+/).filter(Boolean)
    .map(id => e.getRootNode().getElementById?.(id)).filter(Boolean);
  const named = e => short(byIds(e, 'aria-labelledby').filter(x => x !== e).map(x => words(x)).join(' ')) ||
    short(e.getAttribute('aria-label'));
  const buttonText = e => {
    const said = named(e) || short(words(e), 120) || short(e.getAttribute('title')) || (e.tagName === 'INPUT' ? short(e.value) : '');
    if (said) return said;
    const picture = e.querySelector('img[alt], svg title, [aria-label], [title]');
    return picture ? short(picture.getAttribute('alt') || picture.getAttribute('aria-label') ||
      picture.getAttribute('title') || picture.textContent) : '';
  };
  const SWATCH = /^(data-(value|color|colour|name|option|label|title|size|id))$/;
  const optionText = e => buttonText(e) || short((e.getAttributeNames().filter(n => SWATCH.test(n)).map(n => e.getAttribute(n))[0]) || '');

  // ---- which elements are controls --------------------------------------------------------------------------------
  const POPUP = 'listbox,menu,tree,grid,dialog,true';
  const found = []; // {e, kind, parts}
  const taken = new Set();
  const add = (e, kind, parts = []) => { if (found.length < LIMIT) found.push({e, kind, parts}); taken.add(e); };
  const inPopup = e => { for (let a = up(e); a; a = up(a)) { const r = role(a); if (/^(listbox|menu|tree|grid|radiogroup|menubar)$/.test(r)) return r; } return ''; };
  const editableHost = e => e.isContentEditable && !(e.parentElement && e.parentElement.isContentEditable);
  const labelsOf = e => e.labels ? [...e.labels] : [];
  // a native control that only mirrors what a widget beside it holds, for the form that is sent
  const mirror = e => e.getAttribute('aria-hidden') === 'true' && e.tabIndex < 0 && e.type !== 'file';
  const tickShown = e => visible(e, false, true) || labelsOf(e).some(l => visible(l)) ||
    (e.parentElement && visible(e.parentElement) && style(e).position === 'absolute');
  const HANDLE = /(^|[\s_-])(slider-(handle|thumb)|noUi-handle|slider__(handle|thumb))\b/i;
  const SUGGESTS = /\b(auto-?complete|typeahead|combobox|ui-autocomplete-input)\b/i;
  const radios = new Map(), ticks = [], presses = [];

  for (const e of all) {
    const tag = e.tagName, r = role(e), type = (e.getAttribute('type') || '').toLowerCase();
    if (tag === 'INPUT') {
      if (type === 'hidden' || e.type === 'hidden') continue;
      if (mirror(e)) continue;
      if (type === 'file') add(e, 'file');
      else if (PUSH.has(type)) { if (visible(e)) presses.push(e); }
      else if (type === 'radio') {
        if (!tickShown(e)) continue;
        const holder = e.name ? `${e.name}` : '';
        const group = e.closest('[role=radiogroup], fieldset') || (e.form || e.parentElement.parentElement || document.body);
        const key = holder ? (e.form || e.getRootNode()) : group;
        if (!radios.has(key)) radios.set(key, new Map());
        const names = radios.get(key);
        if (!names.has(holder)) names.set(holder, []);
        names.get(holder).push(e);
        taken.add(e);
      } else if (type === 'checkbox') {
        if (!tickShown(e)) continue;
        add(e, r === 'switch' ? 'switch' : 'checkbox');
        ticks.push(e);
      } else if (!visible(e, true)) continue;
      else if (type === 'range') add(e, 'slider');
      else if (DATES.has(type)) add(e, 'date');
      else if (type === 'color') add(e, 'color');
      else if (r === 'spinbutton' && e.readOnly) add(e, 'spin');
      else if (e.readOnly && !e.disabled) add(e, 'opener');
      else if (r === 'combobox' || /list|both/.test(e.getAttribute('aria-autocomplete') || '') ||
        /listbox|true/.test(e.getAttribute('aria-haspopup') || '') || e.hasAttribute('list') || SUGGESTS.test(e.className))
        add(e, 'combobox');
      else add(e, type === 'number' || r === 'spinbutton' ? 'number' : 'text');
    } else if (tag === 'TEXTAREA') { if (visible(e, true)) add(e, r === 'combobox' ? 'combobox' : 'text'); }
    else if (tag === 'SELECT') { if (visible(e) && !mirror(e)) add(e, 'select'); }
    else if (tag === 'IFRAME') { if (visible(e)) add(e, 'frame'); }
    else if (editableHost(e)) { if (e !== document.body ? visible(e, true) : true) add(e, r === 'spinbutton' ? 'spin' : r === 'combobox' ? 'combobox' : 'rich'); }
    else if (e.isContentEditable) continue;
    else if (r === 'combobox') { if (visible(e) && !e.querySelector('input:not([type=hidden])')) add(e, 'opener'); }
    else if (r === 'listbox') { if (visible(e)) add(e, 'listbox', [...e.querySelectorAll('[role=option]')]); }
    else if (r === 'checkbox' || r === 'switch') {
      if (visible(e) && !e.querySelector('input[type=checkbox]')) { add(e, r === 'switch' ? 'switch' : 'checkbox'); ticks.push(e); }
    } else if (r === 'radiogroup') {
      const own = [...e.querySelectorAll('[role=radio]')].filter(x => !x.querySelector('input[type=radio]') && x.tagName !== 'INPUT' && visible(x));
      if (own.length) { add(e, 'radio', own); own.forEach(x => taken.add(x)); }
    } else if (HANDLE.test(e.className)) { if (visible(e, false, true)) add(e, 'slider');
    } else if (r === 'slider') { if (visible(e, false, true)) add(e, 'slider'); }
    else if (r === 'spinbutton') { if (visible(e)) add(e, 'spin'); }
    else if (taken.has(e)) continue;
    else if (tag === 'BUTTON' || r === 'button' || r === 'radio' || r === 'tab' || tag === 'SUMMARY' || r === 'option' || r === 'link') { if (visible(e)) presses.push(e); }
    else if (tag === 'A') { if (visible(e)) presses.push(e); }
    else if (tag === 'LABEL') continue;
    else if (e.hasAttribute('aria-haspopup') || e.hasAttribute('onclick') || (e.tabIndex >= 0 && e.hasAttribute('tabindex') && r === '')) { if (visible(e)) presses.push(e); }
    else if (style(e).cursor === 'pointer') {
      const p = up(e);
      if (p && style(p).cursor !== 'pointer' && visible(e)) presses.push(e);
    }
  }

  const common = parts => {
    let a = parts[0];
    while (a && !parts.every(p => order.get(p) >= order.get(a) && order.get(p) < end.get(a))) a = up(a);
    return a || document.body;
  };
  for (const names of radios.values()) for (const parts of names.values()) {
    let e = parts.length > 1 ? common(parts) : parts[0];
    const near = e.closest && e.closest('[role=radiogroup], fieldset');
    if (near && [...near.querySelectorAll('input[type=radio]')].every(x => parts.includes(x) || !taken.has(x))) e = near;
    add(e, 'radio', parts);
  }
  // check boxes that belong together: one fieldset or group, one name, or a run of them that shares a box
  const together = new Map();
  for (const e of ticks) {
    const holder = e.closest('[role=group], fieldset');
    const key = e.name && ticks.filter(x => x.name === e.name).length > 1 ? `name ${e.name}` : holder;
    if (key) { if (!together.has(key)) together.set(key, []); together.get(key).push(e); }
  }
  for (const [key, parts] of together) {
    if (parts.length < 2) continue;
    add(typeof key === 'string' ? common(parts) : key, 'checks', parts);
  }
  const loose = ticks.filter(e => ![...together.values()].some(p => p.length > 1 && p.includes(e)));
  if (loose.length > 2) {
    const byBox = new Map();
    for (const e of loose) {
      let a = up(e);
      for (let i = 0; a && i < 4 && loose.filter(x => order.get(x) >= order.get(a) && order.get(x) < end.get(a)).length < 2; i++) a = up(a);
      if (a) { if (!byBox.has(a)) byBox.set(a, []); byBox.get(a).push(e); }
    }
    for (const [a, parts] of byBox) if (parts.length > 2 && a !== document.body && a.tagName !== 'FORM') add(a, 'checks', parts);
  }

  // ---- buttons: openers, toggles, tiles, plain ones ---------------------------------------------------------------
  const submits = e => {
    const form = e.form || e.closest('form');
    const type = (e.getAttribute('type') || '').toLowerCase();
    return !!form && ((e.tagName === 'BUTTON' && (type === '' || type === 'submit')) ||
      (e.tagName === 'INPUT' && (type === 'submit' || type === 'image')));
  };
  const inner = new Set(found.filter(f => !/checks|radio|frame|listbox/.test(f.kind)).map(f => f.e));
  const holdsControl = e => { for (const c of inner) if (c !== e && order.get(c) > order.get(e) && order.get(c) < end.get(e)) return true; return false; };
  const pressSet = new Set(presses);
  const isOption = e => { const p = inPopup(e); return p === 'listbox' || p === 'menu' || p === 'tree' || p === 'grid'; };
  const real = presses.filter(e => {
    if (isOption(e)) return false;
    const strong = e.tagName === 'BUTTON' || e.tagName === 'SUMMARY' || role(e) !== '' || e.hasAttribute('aria-haspopup');
    if (!strong && holdsControl(e)) return false;
    for (let a = up(e), i = 0; a && i < 4; a = up(a), i++) if (pressSet.has(a) && (a.tagName === 'BUTTON' || role(a) === 'button')) return false;
    return true;
  });
  const byParent = new Map();
  for (const e of real) {
    if (e.tagName === 'SUMMARY' || role(e) === 'tab' || (e.tagName === 'A' && e.getAttribute('href') && !/^(#|javascript:)/.test(e.getAttribute('href')))) continue;
    if (e.hasAttribute('aria-haspopup') || submits(e) && !e.hasAttribute('aria-pressed')) continue;
    let p = up(e);
    if (p && /^(LI|SPAN|DIV)$/.test(p.tagName) && p.children.length === 1 && up(p)) p = up(p);
    if (!p) continue;
    if (!byParent.has(p)) byParent.set(p, []);
    byParent.get(p).push(e);
  }
  const inTiles = new Map();
  for (const [p, parts] of byParent) {
    const same = parts.filter(x => x.tagName === parts[0].tagName && role(x) === role(parts[0]));
    const pressed = same.some(x => x.hasAttribute('aria-pressed') || x.hasAttribute('aria-checked') || x.hasAttribute('aria-selected'));
    if (same.length >= (pressed ? 2 : 3) && same.every(x => optionText(x).length < 40)) {
      add(p, 'tiles', same);
      same.forEach(x => inTiles.set(x, p));
    }
  }
  for (const e of real) {
    const popup = e.getAttribute('aria-haspopup');
    const isToggle = e.hasAttribute('aria-pressed') && !popup;
    const summary = e.tagName === 'SUMMARY' || role(e) === 'tab';
    if (popup && POPUP.includes(popup)) add(e, 'opener');
    else if (isToggle) add(e, 'switch');
    else if (summary) add(e, 'section');
    else add(e, 'button');
  }

  // ---- what belongs to which control ------------------------------------------------------------------------------
  found.sort((a, b) => order.get(a.e) - order.get(b.e) || end.get(b.e) - end.get(a.e));
  const part = new Map(); // element → index of its control
  found.forEach((f, i) => { for (const p of f.parts) if (!part.has(p)) part.set(p, i); });
  const counted = new Map(); // ancestor → the one control inside it, or -1 for several
  found.forEach((f, i) => {
    const quiet = f.kind === 'section' || ((f.kind === 'button' || f.kind === 'switch') && (inTiles.has(f.e) || buttonText(f.e).length < 2));
    if (quiet) return;
    const own = part.has(f.e) ? part.get(f.e) : i;
    for (let a = f.e; a; a = up(a)) {
      const before = counted.get(a);
      if (before === undefined) counted.set(a, own); else if (before !== own) counted.set(a, -1);
    }
    for (const p of f.parts) for (let a = p; a && a !== f.e; a = up(a)) if (!counted.has(a)) counted.set(a, own);
  });
  const controlBox = new Map(); // every element inside a control (its text is a value, not a label) → control
  const owner = e => {
    for (let a = e; a; a = up(a)) {
      if (controlBox.has(a)) return controlBox.get(a);
    }
    return undefined;
  };
  found.forEach((f, i) => {
    if (f.kind === 'radio' || f.kind === 'checks' || f.kind === 'tiles') for (const p of f.parts) {
      controlBox.set(p, i);
      for (const l of labelsOf(p)) controlBox.set(l, i);
    } else if ((f.kind !== 'section' || role(f.e) === 'tab') && f.kind !== 'frame' && !controlBox.has(f.e)) controlBox.set(f.e, i);
  });

  const blocks = []; // texts outside of controls: {e, text, rect}
  for (const e of all) {
    if (OWN_TEXT.has(e.tagName)) continue;
    let direct = false;
    for (const c of e.childNodes) if (c.nodeType === 3 && c.data.trim()) { direct = true; break; }
    if (!direct || !visible(e) || owner(e) !== undefined) continue;
    const text = short(words(e, false), 200);
    if (text) blocks.push({e, text, rect: box(e), at: order.get(e), last: end.get(e)});
  }
  const STOP = new Set(['FORM', 'BODY', 'MAIN', 'FIELDSET', 'SECTION', 'ARTICLE', 'HTML', 'DIALOG', 'TABLE', 'UL', 'OL']);
  const ownBox = (f, i) => {
    let b = f.e;
    for (let steps = 0; steps < 7; steps++) {
      const p = up(b);
      if (!p || STOP.has(p.tagName) || /^(dialog|form|region|tabpanel)$/.test(role(p)) || counted.get(p) === -1) break;
      b = p;
    }
    return b;
  };
  const LABELLED = new Set(['radio', 'checks', 'tiles']);
  const claimed = new Map(); // block → control whose own box it stands in
  const owns = found.map((f, i) => {
    if (f.kind === 'section') return [];
    let b = ownBox(f, i);
    if (f.e === b && !LABELLED.has(f.kind)) return [];
    const from = order.get(b), to = end.get(b);
    const inside = blocks.filter(k => k.at >= from && k.at < to);
    if (inside.length <= 8) for (const k of inside) if (!claimed.has(k)) claimed.set(k, i);
    return inside.length <= 8 ? inside : [];
  });
  const labelled = new Map(); // label element → control
  found.forEach((f, i) => { for (const l of labelsOf(f.e)) labelled.set(l, i); for (const l of byIds(f.e, 'aria-labelledby')) labelled.set(l, i); });
  const labelOwner = e => { for (let a = e; a; a = up(a)) if (labelled.has(a)) return labelled.get(a); return undefined; };

  const beside = (f, i) => {
    const r = box(f.kind === 'radio' && f.parts.length ? f.parts[0] : f.e);
    if (!r.width && !r.height && f.kind !== 'file') return [];
    const tick = f.kind === 'checkbox' || f.kind === 'switch';
    const near = [];
    for (const k of blocks) {
      if (claimed.has(k) && claimed.get(k) !== i) continue;
      const l = labelOwner(k.e);
      if (l !== undefined && l !== i) continue;
      const t = k.rect;
      const acrossX = Math.min(r.right, t.right) - Math.max(r.left, t.left);
      const acrossY = Math.min(r.bottom, t.bottom) - Math.max(r.top, t.top);
      let far = Infinity;
      if (acrossX > 0 && t.bottom <= r.top + 6 && r.top - t.bottom < 70) far = Math.max(0, r.top - t.bottom) + Math.min(Math.abs(t.left - r.left), 200) * 0.15;
      else if (acrossY > 0 && t.right <= r.left + 4 && r.left - t.right < 320) far = Math.max(0, r.left - t.right) * 0.35;
      else if (tick && acrossY > 0 && t.left >= r.right - 4 && t.left - r.right < 60) far = (t.left - r.right) * 0.2;
      if (far < 90) near.push([far, k.text]);
    }
    near.sort((a, b) => a[0] - b[0]);
    return near.slice(0, 2).filter((n, j) => j === 0 || n[0] < near[0][0] + 25).map(n => n[1]);
  };

  // ---- section: legend, named group, dialog, last heading before --------------------------------------------------
  const headings = all.filter(e => /^H[1-6]$/.test(e.tagName) || role(e) === 'heading').filter(e => visible(e));
  const groupOf = e => {
    for (let a = up(e); a && a !== document.body; a = up(a)) {
      if (a.tagName === 'FIELDSET') { const l = a.querySelector(':scope > legend'); if (l) return short(words(l)); }
      if (/^(group|radiogroup|region|dialog|form|tabpanel)$/.test(role(a))) { const n = named(a); if (n) return n; }
    }
    return '';
  };
  const headingOf = e => {
    const at = order.get(e);
    let last = '';
    for (const h of headings) { if (order.get(h) > at) break; last = h; }
    return last ? short(words(last), 80) : '';
  };
  const modals = all.filter(e => (e.getAttribute('aria-modal') === 'true' || (e.tagName === 'DIALOG' && e.matches(':modal'))) && visible(e));
  const top = modals[modals.length - 1];
  const within = (e, a) => order.get(e) >= order.get(a) && order.get(e) < end.get(a);

  // ---- what it holds now ------------------------------------------------------------------------------------------
  const on = e => e.tagName === 'INPUT' ? e.checked : ['aria-checked', 'aria-pressed', 'aria-selected'].some(a => e.getAttribute(a) === 'true') || e.getAttribute('data-state') === 'checked';
  const tickText = e => named(e) || short(labelsOf(e).map(l => words(l, false)).join(' ')) || optionText(e) || besideTick(e) || (e.tagName === 'INPUT' ? e.value : '');
  const besideTick = e => {
    for (let n = e.nextSibling; n; n = n.nextSibling) {
      if (n.nodeType === 3 && n.data.trim()) return short(n.data);
      if (n.nodeType === 1 && n.tagName !== 'BR') { if (n.matches('input, select, textarea, button')) break; const t = short(words(n)); if (t) return t; }
    }
    const p = e.parentElement;
    return p && p.querySelectorAll('input, select, textarea').length === 1 ? short(words(p)) : '';
  };
  const options = f => {
    if (f.kind === 'select') return [...f.e.options].slice(0, 400).map(o => [short(o.label || o.text), o.value, o.selected, o.disabled || !!o.closest('optgroup[disabled]')]);
    if (f.kind === 'radio' || f.kind === 'checks') return f.parts.map(p => [tickText(p), p.value || p.getAttribute('data-value') || '', on(p), !!p.disabled || p.getAttribute('aria-disabled') === 'true']);
    if (f.kind === 'tiles' || f.kind === 'listbox') return f.parts.map(p => [optionText(p), p.getAttribute('data-value') || '', on(p), !!p.disabled || p.getAttribute('aria-disabled') === 'true']);
    if (f.e.list) return [...f.e.list.options].slice(0, 400).map(o => [short(o.label || o.value), o.value, false, false]);
    return [];
  };
  const rich = e => {
    const text = e.innerText.replace(/\u00a0/g, ' ');
    return text.endsWith('\n') ? text.slice(0, -1) : text;
  };
  const value = f => {
    const e = f.e;
    if (f.kind === 'checkbox' || f.kind === 'switch') return on(e) ? 'true' : 'false';
    if (f.kind === 'rich') return rich(e);
    if (f.kind === 'spin' || f.kind === 'slider') return e.tagName === 'INPUT' ? e.value : e.getAttribute('aria-valuenow') || e.getAttribute('aria-valuetext') || '';
    if (f.kind === 'select') return [...e.selectedOptions].map(o => short(o.label || o.text)).join('\n');
    if (f.kind === 'file') return [...e.files].map(x => x.name).join('\n');
    if (f.kind === 'frame') return '';
    if (f.parts.length) return f.parts.filter(on).map(p => f.kind === 'radio' || f.kind === 'checks' ? tickText(p) : optionText(p)).join('\n');
    return 'value' in e && e.tagName !== 'BUTTON' && e.tagName !== 'LI' && typeof e.value === 'string' ? e.value : words(e);
  };

  const rows = found.map((f, i) => {
    const e = f.e, attributes = {};
    for (const n of e.getAttributeNames()) {
      if (/^(name|id|itemprop|formcontrolname|ng-model|v-model|autocomplete|class)$/.test(n) || n.startsWith('data-')) {
        const v = e.getAttribute(n);
        if (v && v.length < 80) attributes[n] = v;
      }
    }
    if (f.kind === 'radio' && f.parts[0] && f.parts[0].name) attributes.name = f.parts[0].name;
    if (f.kind === 'checks' && f.parts[0] && f.parts[0].name) attributes.name = f.parts[0].name;
    const r = box(e);
    const bound = LABELLED.has(f.kind) || f.kind === 'listbox'
      ? (e.tagName === 'FIELDSET' && e.querySelector(':scope > legend') ? short(words(e.querySelector(':scope > legend'))) : '') || named(e)
      : short(labelsOf(e).map(l => words(l, false)).join(' ')) || (f.kind === 'checkbox' || f.kind === 'switch' ? named(e) || tickText(e) : '');
    const content = /^(button|opener|section|switch)$/.test(f.kind) && e.tagName !== 'INPUT' ? short(words(e), 100) || buttonText(e) : '';
    return {
      index: i, kind: f.kind, tag: e.tagName.toLowerCase(), type: (e.getAttribute('type') || '').toLowerCase(), role: role(e),
      name: named(e) || short(e.getAttribute('title')), label: bound, content,
      own: owns[i].filter(k => labelOwner(k.e) === undefined || labelOwner(k.e) === i).slice(0, 4).map(k => k.text),
      beside: f.kind === 'section' ? [] : beside(f, i),
      description: short(byIds(e, 'aria-describedby').map(x => words(x)).join(' ')),
      placeholder: short(e.getAttribute('placeholder') || e.getAttribute('aria-placeholder') || e.getAttribute('data-placeholder')),
      attributes, options: options(f), value: value(f).slice(0, 20000),
      group: groupOf(e), heading: headingOf(e),
      required: !!e.required || e.getAttribute('aria-required') === 'true',
      enabled: !(e.disabled || e.getAttribute('aria-disabled') === 'true' || e.closest('fieldset[disabled]')),
      readonly: !!e.readOnly, multiple: !!e.multiple || e.getAttribute('aria-multiselectable') === 'true' || f.kind === 'checks',
      visible: f.kind === 'file' ? visible(e) : true,
      behind: !!top && !within(e, top),
      popup: e.getAttribute('aria-haspopup') || '', expanded: e.getAttribute('aria-expanded') || '',
      mode: e.getAttribute('inputmode') || '', pattern: e.getAttribute('pattern') || '', accept: e.getAttribute('accept') || '',
      min: e.getAttribute('min') || e.getAttribute('aria-valuemin') || '', max: e.getAttribute('max') || e.getAttribute('aria-valuemax') || '',
      step: e.getAttribute('step') || '', longest: e.maxLength > 0 ? e.maxLength : 0,
      aside: !!e.closest('nav, [role=navigation], [role=menubar], [role=banner], [role=contentinfo], body > header, body > footer'),
      submits: submits(e), link: e.tagName === 'A' && !!e.getAttribute('href') && !/^(#|javascript:)/.test(e.getAttribute('href')),
      rect: [Math.round(r.left + scrollX), Math.round(r.top + scrollY), Math.round(r.width), Math.round(r.height)],
      start: order.get(e), end: end.get(e),
    };
  });
  return {rows, elements: found.map(f => f.e), members: found.map(f => f.parts)};
}
