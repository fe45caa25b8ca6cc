// Changes a replica's form as sites change theirs, and keeps hold of the replica's own controls for the judge.
//
// Runs before the page's scripts. What it marks is marked by JavaScript properties, which no locator can see. Every
// control that appears (frameworks draw late and again) is first noted for the judge, then changed. Where a control is
// replaced by another kind, or put into a shadow root, a frame or a dialog, the new one writes into the replica's own
// control as a person would: the judge only ever reads the replica's. `__truth` on an element says which field it is now
// and `__opens` what it leads to: the scripted model's knowledge, out of reach of every locator.
(() => {
  const spec = __SPEC__;
  const own = new Map(spec.fields.map((field) => [field.name, []]));
  const done = new Map(); // mutation → elements it has been applied to
  const judges = new Map(); // field → the control that holds its value in the end, where that is another one
  const strays = []; // controls of no field: whatever they hold in the end is wrong
  let serial = 0;

  const letters = (n) => {
    let text = '';
    let state = (spec.seed * 2654435761 + ++serial * 40503) >>> 0;
    for (let i = 0; i < n; i++) {
      state = (state * 1664525 + 1013904223) >>> 0;
      text += String.fromCharCode(97 + (state >>> 24) % 26);
    }
    return text;
  };
  const hold = (field) => own.get(field.name).filter((e) => e.isConnected);
  const first = (field) => hold(field)[0];
  const shown = (e) => e && e.checkVisibility({ visibilityProperty: true });

  // ---- parts of a field ----

  const blockOf = (field, control) => (field.block && control.closest(field.block)) || control.parentElement;
  const says = (control, words) => {
    const label = control.closest('label');
    const node = label && textNode(label);
    return !!node && node.data.trim() === words;
  };
  const opens = (e, ...names) => { if (e) e.__opens = [...new Set([...(e.__opens ?? []), ...names])]; };
  const labelsOf = (field, control) => {
    const block = blockOf(field, control);
    const found = [...block.querySelectorAll(field.label || 'label')];
    return found.filter((e) => !e.contains(control) || e.tagName === 'LABEL' || e.tagName === 'FIELDSET').slice(0, 1);
  };
  const textNode = (e) => {
    const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) if (/\p{L}/u.test(node.data)) return node;
    return null;
  };
  const say = (e, words) => {
    const node = textNode(e);
    if (node) node.data = words + (/\s$/.test(node.data) ? ' ' : '');
    else e.textContent = words;
  };
  const spoken = ['aria-label', 'placeholder', 'title'];
  const labelText = (field, control) => {
    const [label] = labelsOf(field, control);
    const node = label && textNode(label);
    return (node && node.data.trim()) || control.getAttribute('aria-label') || field.name;
  };

  // ---- mutations of the control in its place ----

  const renamed = (control, remove) => {
    for (const { name, value } of [...control.attributes]) {
      const technical = name === 'id' || name === 'name' || name === 'class' || name.startsWith('data-');
      if (!technical || (spec.keepClass && name === 'class')) continue;
      if (name === 'name' && control.type === 'radio') continue; // the group would fall apart
      if (name === 'name') Object.defineProperty(control, 'name', { value, configurable: true, writable: true });
      if (name === 'id') {
        const next = remove ? '' : `f-${letters(6)}`;
        for (const label of document.querySelectorAll(`label[for="${CSS.escape(value)}"]`)) {
          if (remove) label.removeAttribute('for');
          else label.setAttribute('for', next);
        }
        if (!remove) {
          control.id = next;
          continue;
        }
      }
      if (remove) control.removeAttribute(name);
      else if (name.startsWith('data-')) {
        control.removeAttribute(name);
        control.setAttribute(`data-${letters(4)}`, letters(6));
      } else control.setAttribute(name, letters(7));
    }
  };

  const reworded = (field, control, words) => {
    for (const label of labelsOf(field, control)) say(label, words);
    for (const name of spoken) {
      if (!control.hasAttribute(name)) continue;
      if (name === 'placeholder' && field.shape === 'money') continue;
      control.setAttribute(name, words);
    }
  };

  const unbound = (field, control) => {
    control.closest('label')?.setAttribute('for', `x-${letters(5)}`); // a label around it that names nothing any more
    for (const label of labelsOf(field, control)) {
      label.removeAttribute('for');
      if (label.tagName !== 'LABEL' || label.contains(control)) continue;
      const plain = document.createElement('span');
      plain.style.display = 'block';
      plain.append(...[...label.childNodes].map((node) => node.cloneNode(true)));
      label.style.display = 'none'; // a framework may still hold the old one
      label.textContent = '';
      label.before(plain);
    }
    for (const name of ['aria-label', 'aria-labelledby', 'aria-describedby', 'placeholder']) control.removeAttribute(name);
  };

  // ---- mutations around the control ----

  const swapped = (field, control, down) => {
    let block = blockOf(field, control);
    const beside = () => (down ? block.nextElementSibling : block.previousElementSibling);
    for (let i = 0; i < 3 && !shown(beside()); i++) block = block.parentElement;
    const other = beside();
    if (!other || !shown(other) || other.contains(control)) return;
    if (down) other.after(block);
    else other.before(block);
  };

  const row = (words, tag = 'input', type = 'text') => {
    const box = document.createElement('div');
    box.style.cssText = 'margin:10px 0;padding:4px';
    const label = document.createElement('label');
    const input = document.createElement(tag);
    if (tag === 'input') input.type = type;
    input.id = `n-${letters(6)}`;
    label.htmlFor = input.id;
    label.textContent = words;
    label.style.display = 'block';
    box.append(label, input);
    return { box, label, input };
  };

  const decoys = (field, control, words) => {
    const block = blockOf(field, control);
    const honeypot = row(labelText(field, control));
    honeypot.box.style.cssText = 'position:absolute;left:-5000px;top:0';
    honeypot.input.name = field.name;
    honeypot.input.tabIndex = -1;
    strays.push(honeypot.input);
    block.before(honeypot.box);
    for (const text of words) {
      const other = row(text);
      other.input.name = `${field.name}_${letters(3)}`;
      strays.push(other.input);
      (serial % 2 ? block.before(other.box) : block.after(other.box));
    }
  };

  const twin = (field, control, heading) => {
    const box = document.createElement('section');
    const title = document.createElement('h3');
    title.textContent = heading;
    const other = row(labelText(field, control));
    box.append(title, other.box);
    strays.push(other.input);
    blockOf(field, control).after(box);
  };

  // ---- other controls that stand for the replica's own ----

  const write = (control, text) => {
    if (control.isContentEditable) control.textContent = text;
    else {
      const kind = { INPUT: HTMLInputElement, TEXTAREA: HTMLTextAreaElement, SELECT: HTMLSelectElement }[control.tagName];
      Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(control, text);
    }
    control.dispatchEvent(new Event('input', { bubbles: true }));
    control.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const leave = (control) => {
    control.dispatchEvent(new FocusEvent('blur'));
    control.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
  };
  const textOf = (e) => (e.isContentEditable ? e.innerText : e.value);
  const forward = (field, input) => {
    input.addEventListener('focusin', () => {
      const control = first(field);
      control.dispatchEvent(new FocusEvent('focusin', { bubbles: true }));
    });
    input.addEventListener('input', () => write(first(field), textOf(input)));
    input.addEventListener('focusout', () => leave(first(field)));
  };
  const hide = (field, control) => {
    blockOf(field, control).style.display = 'none';
  };
  const stands = (field, control) => {
    const current = textOf(control);
    const words = labelText(field, control);
    const made = row(words, field.shape === 'area' ? 'textarea' : 'input');
    if (control.maxLength > 0) made.input.maxLength = control.maxLength;
    made.input.value = current;
    made.input.__truth = field.name;
    forward(field, made.input);
    return made;
  };

  const inShadow = (field, control) => {
    const host = document.createElement('div');
    host.attachShadow({ mode: 'open' }).append(stands(field, control).box);
    blockOf(field, control).before(host);
    hide(field, control);
  };

  const inFrame = (field, control) => {
    const frame = document.createElement('iframe');
    frame.title = 'Listing details';
    frame.style.cssText = 'width:100%;height:110px;border:0';
    frame.srcdoc = '<!doctype html><body></body>';
    frame.addEventListener('load', () => frame.contentDocument.body.append(stands(field, control).box), { once: true });
    blockOf(field, control).before(frame);
    hide(field, control);
  };

  const inDialog = (field, control) => {
    const words = labelText(field, control);
    const made = stands(field, control);
    const open = document.createElement('button');
    open.type = 'button';
    open.textContent = words;
    const dialog = document.createElement('div');
    dialog.setAttribute('role', 'dialog');
    dialog.setAttribute('aria-modal', 'true');
    dialog.setAttribute('aria-label', words);
    dialog.hidden = true;
    dialog.style.cssText = 'position:fixed;inset:20% 20% auto;background:#fff;border:2px solid;padding:20px;z-index:99999';
    const close = document.createElement('button');
    close.type = 'button';
    close.textContent = 'Done';
    opens(open, field.name);
    dialog.append(made.box, close);
    dialog.style.display = 'none';
    open.onclick = () => { dialog.hidden = false; dialog.style.display = 'block'; };
    close.onclick = () => { dialog.hidden = true; dialog.style.display = 'none'; };
    const line = document.createElement('div');
    line.append(open);
    blockOf(field, control).before(line);
    document.body.append(dialog);
    hide(field, control);
  };

  // the choices of the replica's own control, whatever it is: [text, choose()]
  const choicesOf = (field) => {
    const control = first(field);
    if (control.tagName === 'SELECT') {
      return [...control.options].filter((o) => o.value).map((o) => [o.textContent.trim(), () => { write(first(field), o.value); }]);
    }
    return hold(field).map((radio) => [radio.getAttribute('aria-label') || radio.labels[0]?.innerText.trim(), () => radio.click()]);
  };
  // what it holds when it is drawn: sites draw a part of the form again after a choice, and the new one says what was chosen
  const chosenOf = (field) => {
    const control = first(field);
    if (control.tagName === 'SELECT') return control.value ? control.selectedOptions[0].textContent.trim() : '';
    const at = hold(field).findIndex((radio) => radio.checked);
    return at < 0 ? '' : choicesOf(field)[at][0];
  };
  const odd = new Map(); // field → which of two kinds its new control is: the same each time it is drawn
  const isOdd = (field) => odd.set(field.name, odd.get(field.name) ?? serial % 2 === 1).get(field.name);

  const otherKind = (field, control) => {
    const words = labelText(field, control);
    const box = document.createElement('div');
    box.style.cssText = 'margin:10px 0';
    const id = `n-${letters(6)}`;
    const chosen = field.shape === 'text' || field.shape === 'area' ? '' : chosenOf(field);
    if (field.shape === 'text' || field.shape === 'area') {
      const rich = document.createElement('div');
      rich.contentEditable = 'true';
      rich.setAttribute('role', 'textbox');
      rich.setAttribute('aria-labelledby', id);
      rich.style.cssText = 'min-height:24px;min-width:200px;border:1px solid';
      rich.innerText = textOf(control);
      box.innerHTML = `<span id="${id}"></span>`;
      box.firstChild.textContent = words;
      box.append(rich);
      rich.__truth = field.name;
      forward(field, rich);
    } else if (field.shape === 'radios' && isOdd(field)) {
      const select = document.createElement('select');
      box.innerHTML = `<label for="${id}"></label>`;
      box.firstChild.textContent = words;
      select.id = id;
      const choices = choicesOf(field);
      select.append(new Option('Select', ''), ...choices.map(([text]) => new Option(text, text)));
      select.value = chosen;
      select.onchange = () => choicesOf(field).find(([text]) => text === select.value)?.[1]();
      select.__truth = field.name;
      box.append(select);
    } else if (field.shape === 'radios' || (field.shape === 'select' && isOdd(field))) {
      const open = document.createElement('button');
      open.type = 'button';
      open.setAttribute('aria-haspopup', 'listbox');
      open.setAttribute('aria-expanded', 'false');
      open.setAttribute('aria-labelledby', `${id} ${id}v`);
      open.innerHTML = `<span id="${id}v"></span>`;
      open.firstChild.textContent = chosen || 'Select';
      const list = document.createElement('ul');
      list.setAttribute('role', 'listbox');
      list.style.display = 'none';
      box.innerHTML = `<span id="${id}" style="display:block"></span>`;
      box.firstChild.textContent = words;
      const show = (on) => { list.style.display = on ? 'block' : 'none'; open.setAttribute('aria-expanded', String(on)); };
      open.onclick = () => show(list.style.display === 'none');
      for (const [text] of choicesOf(field)) {
        const option = document.createElement('li');
        option.setAttribute('role', 'option');
        option.textContent = text;
        option.onclick = () => {
          choicesOf(field).find(([other]) => other === text)?.[1]();
          open.firstChild.textContent = text;
          show(false);
        };
        list.append(option);
      }
      open.__truth = field.name;
      box.append(open, list);
    } else {
      const group = letters(5);
      box.innerHTML = '<fieldset><legend></legend></fieldset>';
      box.querySelector('legend').textContent = words;
      for (const [text] of choicesOf(field)) {
        const label = document.createElement('label');
        const radio = document.createElement('input');
        radio.type = 'radio';
        radio.name = group;
        radio.checked = text === chosen;
        radio.__truth = field.name;
        radio.onchange = () => choicesOf(field).find(([other]) => other === text)?.[1]();
        label.append(radio, ` ${text}`);
        box.firstChild.append(label);
      }
    }
    blockOf(field, control).before(box);
    hide(field, control);
  };

  const laterStep = (fields) => {
    const controls = fields.map(first);
    const next = document.createElement('button');
    next.type = 'button';
    next.textContent = 'Continue';
    opens(next, ...fields.map((field) => field.name));
    const blocks = fields.map((field, i) => blockOf(field, controls[i]));
    blocks[0].before(next);
    for (const block of blocks) block.style.display = 'none';
    next.onclick = () => {
      for (const field of fields) blockOf(field, first(field)).style.display = '';
      next.style.display = 'none';
    };
  };

  // what stood behind a fold stands on the page
  const unfolded = () => {
    const fold = document.querySelector(spec.fold);
    if (!fold) return false;
    fold.click();
    fold.style.display = 'none';
    return true;
  };

  const renamedTo = {};
  const optionsRenamed = (names) => {
    Object.assign(renamedTo, names);
    const options = document.querySelectorAll(spec.options);
    for (const option of options) {
      const node = textNode(option);
      if (node && names[node.data.trim()]) {
        option.__was = node.data.trim();
        for (const e of [option, ...option.querySelectorAll('[aria-label]')])
          if (e.getAttribute('aria-label') === node.data.trim()) e.setAttribute('aria-label', names[node.data.trim()]);
        const radio = option.closest('label')?.querySelector('input[aria-label]');
        if (radio && radio.getAttribute('aria-label') === node.data.trim()) radio.setAttribute('aria-label', names[node.data.trim()]);
        node.data = names[node.data.trim()];
      }
    }
  };

  const apply = {
    attributes_renamed: (field, control) => renamed(control, false),
    attributes_removed: (field, control) => renamed(control, true),
    labels_reworded: (field, control, m) => { renamed(control, false); reworded(field, control, m.words); },
    labels_translated: (field, control, m) => { renamed(control, false); reworded(field, control, m.words); },
    labels_unbound: (field, control) => { renamed(control, false); unbound(field, control); },
    order_moved: (field, control, m) => { renamed(control, false); swapped(field, control, m.down); },
    decoys: (field, control, m) => { decoys(field, control, m.words); renamed(control, false); },
    equal_labels: (field, control, m) => { twin(field, control, m.words); renamed(control, false); },
    widget_swapped: (field, control) => otherKind(field, control),
    in_modal: (field, control) => inDialog(field, control),
    in_shadow_root: (field, control) => inShadow(field, control),
    in_iframe: (field, control) => inFrame(field, control),
  };

  let busy = false;
  const errors = [];
  const scan = () => {
    if (busy || !document.body) return;
    busy = true;
    try {
      change();
    } catch (error) {
      errors.push(String(error.stack || error));
    }
    busy = false;
  };
  const change = () => {
    for (const field of spec.fields) {
      for (const css of field.control) {
        for (const control of document.querySelectorAll(css)) {
          if (!control.__drift && (!field.says || says(control, field.says))) {
            control.__drift = control.__truth = field.name;
            own.get(field.name).push(control);
            const mate = field.mate && blockOf(field, control).querySelector(field.mate);
            if (mate) mate.__truth = field.name;
          }
        }
      }
    }
    if (spec.fold) opens(document.querySelector(spec.fold), ...spec.folded);
    for (const field of spec.fields) {
      if (field.mate && first(field)) { // drawn later than the control itself
        const mate = blockOf(field, first(field)).querySelector(field.mate);
        if (mate) mate.__truth = field.name;
      }
      if (field.behind) opens(document.querySelector(field.behind), field.name);
      for (const control of field.judge ? document.querySelectorAll(field.judge) : []) {
        if (!control.__judge) {
          control.__judge = field.name;
          judges.set(field.name, control);
        }
      }
    }
    for (const mutation of spec.mutations) {
      if (mutation.kind === 'options_renamed') {
        optionsRenamed(mutation.names);
        continue;
      }
      const applied = done.get(mutation) ?? new Set();
      done.set(mutation, applied);
      const fields = mutation.fields.map((name) => spec.fields.find((field) => field.name === name));
      if (mutation.kind === 'steps_joined') {
        if (!applied.size && first(spec.fields[0]) && unfolded()) applied.add(document.body);
        for (const field of fields) for (const control of hold(field)) {
          if (!applied.has(control)) { applied.add(control); renamed(control, false); }
        }
        continue;
      }
      if (mutation.kind === 'steps_split') {
        if (!applied.size && fields.every((field) => shown(first(field)))) {
          applied.add(first(fields[0]));
          laterStep(fields);
        }
        continue;
      }
      for (const field of fields) {
        const controls = hold(field);
        const once = controls.length > 1; // a group of radio buttons
        for (const control of controls) {
          if (applied.has(control) || (once && mutation.kind !== 'attributes_renamed' && mutation.kind !== 'attributes_removed' && control !== controls[0])) continue;
          if (once && mutation.kind === 'widget_swapped' && controls.length < 3) continue; // not drawn completely yet
          applied.add(control);
          apply[mutation.kind](field, control, mutation);
          if (once && !['widget_swapped'].includes(mutation.kind)) for (const other of controls.slice(1)) if (!applied.has(other)) { applied.add(other); renamed(other, mutation.kind === 'attributes_removed'); }
        }
      }
    }
  };

  // ---- for the judge ----

  const asWas = (text) => Object.entries(renamedTo).find(([, now]) => now === text.trim())?.[0] ?? text;
  const said = {
    value: (controls) => controls[0].value,
    text: (controls) => asWas(controls[0].innerText ?? controls[0].textContent),
    rest: (controls) => asWas(controls[0].querySelector(':scope > div')?.innerText ?? ''),
    selected: (controls) => controls[0].selectedOptions[0]?.__was ?? controls[0].selectedOptions[0]?.textContent ?? '',
    checked: (controls) => controls.find((radio) => radio.checked)?.[spec.radioKey] ?? '',
    pressed: (controls) => controls[0].getAttribute('aria-pressed') ?? String(controls[0].checked),
  };
  window.__drift = {
    read: () => Object.fromEntries(spec.fields.map((field) => {
      const controls = judges.has(field.name) ? [judges.get(field.name)] : hold(field);
      return [field.name, controls.length ? said[field.read](controls).trim() : null];
    })),
    strays: () => strays.filter((e) => e.isConnected && e.value).map((e) => `${e.name || e.id}: ${e.value}`),
    errors,
    applied: () => [...done].map(([mutation, elements]) => [mutation.kind, elements.size]),
  };

  new MutationObserver(scan).observe(document, { childList: true, subtree: true, characterData: true });
  document.addEventListener('DOMContentLoaded', scan);
})();
