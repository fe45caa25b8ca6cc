// What a popup offers: elements that were not to be seen before something was pressed. Two functions:
// seen() → a set of everything visible now; offered(sets, wanted, …) → what could be pressed to choose `wanted`.
({
  deep() {
    const all = [];
    const visit = node => { for (let e = node.firstElementChild; e; e = e.nextElementSibling) {
      if (/^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT|HEAD|svg|OPTION|LINK|META)$/.test(e.tagName)) continue;
      all.push(e);
      if (e.shadowRoot) visit(e.shadowRoot);
      visit(e);
    } };
    visit(document);
    return all;
  },
  visible(e) {
    if (!e.checkVisibility({visibilityProperty: true, opacityProperty: true})) return false;
    const b = e.getBoundingClientRect();
    return b.width > 1 && b.height > 1;
  },
  seen() { return new WeakSet(this.deep().filter(e => this.visible(e))); },
  loose: text => (text || '').replace(/[’‘]/g, "'").replace(/[\s\u00a0]+/g, ' ').trim().toLowerCase(),
  text(e) {
    let out = '';
    const go = node => { for (const c of node.childNodes) {
      if (c.nodeType === 3) out += c.data;
      else if (c.nodeType === 1 && !/^(SCRIPT|STYLE|svg)$/.test(c.tagName)) {
        const style = getComputedStyle(c);
        if (style.display === 'none' || style.visibility === 'hidden' || c.getAttribute('aria-hidden') === 'true') continue;
        const block = style.display !== 'inline';
        if (block) out += ' ';
        go(c.shadowRoot || c);
        if (block) out += ' ';
      }
    } };
    go(e.shadowRoot || e);
    return out;
  },
  names(e) {
    const own = [e.getAttribute('aria-label'), e.textContent.length < 300 ? this.text(e) : '', e.getAttribute('title'),
      e.getAttribute('alt'), e.getAttribute('data-value'), e.getAttribute('data-name'), e.getAttribute('data-label')];
    if (e.tagName === 'INPUT') own.push(e.value, ...[...(e.labels || [])].map(l => this.text(l)));
    return own.map(this.loose).filter(Boolean);
  },
  role: e => (e.getAttribute('role') || '').toLowerCase(),
  CHOICE: /^(option|menuitem|menuitemradio|menuitemcheckbox|treeitem|radio|gridcell|tab|button|checkbox)$/,
  choice(e) { return this.CHOICE.test(this.role(e)) || /^(LI|BUTTON|A|LABEL|TD)$/.test(e.tagName); },
  off: e => !!e.closest('[aria-disabled=true], [disabled], .disabled'),
  // sets: newest first; the first set against which anything fits decides
  offered(sets, wanted, controlled) {
    const want = this.loose(wanted), all = this.deep().filter(e => this.visible(e));
    const root = e => controlled.some(c => c && c.contains(e));
    const answer = {matches: [], level: 0, fresh: 0};
    for (const set of sets) {
      const fresh = all.filter(e => !set.has(e) || root(e));
      answer.fresh = Math.max(answer.fresh, fresh.length);
      let best = 0, fit = [];
      for (const e of fresh) {
        if (/^(INPUT|TEXTAREA|SELECT)$/.test(e.tagName) && !/^(radio|checkbox|button)$/.test(e.type)) continue;
        if (e.isContentEditable || /^(listbox|menu|tree|grid|dialog|tabpanel|alert|status|log|tooltip)$/.test(this.role(e))) continue;
        const names = this.names(e);
        let level = names.includes(want) ? 3 : 0;
        if (!level && this.choice(e) && names.some(n => n.startsWith(want) && /^\s*([(\-–—:,·|]|\d+$)/.test(n.slice(want.length)))) level = 2;
        if (!level && this.choice(e) && names.some(n => n.endsWith(`(${want})`))) level = 2; // "Fort Collins (FNL)"
        if (!level && this.choice(e)) {
          const first = [...e.children].map(c => this.loose(c.textContent)).find(Boolean);
          if (first === want) level = 2;
        }
        if (level > best) { best = level; fit = []; }
        if (level && level === best) fit.push(e);
      }
      fit = fit.filter(e => !fit.some(x => x !== e && e.contains(x)));
      const climb = e => { for (let a = e, i = 0; a && i < 4; a = a.parentElement, i++) if (this.CHOICE.test(this.role(a)) && fit.length) return a; return e; };
      fit = [...new Set(fit.map(climb))].filter(e => !this.off(e));
      const strong = fit.filter(e => this.CHOICE.test(this.role(e)) || e.tagName === 'BUTTON');
      if (strong.length) fit = strong;
      if (fit.length) { answer.matches = fit; answer.level = best; break; }
    }
    return answer;
  },
  fresh(set) { return this.deep().filter(e => this.visible(e) && !set.has(e)); },
  typed(set) {
    return this.fresh(set).some(e => (e.tagName === 'TEXTAREA' || (e.tagName === 'INPUT' && !e.readOnly &&
      /^(text|number|tel|email|url|)$/.test(e.getAttribute('type') || ''))) && !/search|filter|find/i.test(
      [e.placeholder, e.getAttribute('aria-label'), e.name, e.id, e.className].join(' ')));
  },
  choices(set) { return this.fresh(set).filter(e => /^(option|menuitem|treeitem)/.test(this.role(e)) && !this.off(e)); },
  // a box to search in, tabs to look under, a list to scroll, buttons to finish with: among what is new
  furniture(set, opener) {
    const fresh = this.fresh(set);
    const search = fresh.filter(e => e.tagName === 'INPUT' && /^(text|search|)$/.test(e.getAttribute('type') || '') && !e.readOnly && !e.disabled);
    const tabs = fresh.filter(e => this.role(e) === 'tab');
    const scroll = fresh.filter(e => e.scrollHeight > e.clientHeight + 4 && /auto|scroll|hidden/.test(getComputedStyle(e).overflowY) && e.clientHeight > 30);
    const done = fresh.filter(e => /^(BUTTON)$/.test(e.tagName) || this.role(e) === 'button');
    return {search, tabs, scroll, done: done.map(e => e), doneNames: done.map(e => this.names(e)[0] || '')};
  },
  // what stands around a control and belongs to no other: where a widget shows what was chosen
  around(e) {
    let box = e;
    for (let i = 0; i < 5; i++) {
      const p = box.parentElement || (box.getRootNode() instanceof ShadowRoot ? box.getRootNode().host : null);
      if (!p || p === document.body || p.tagName === 'FORM') break;
      const others = [...p.querySelectorAll('input:not([type=hidden]), select, textarea, [role=combobox], [contenteditable=true], button[aria-haspopup]')]
        .filter(x => !e.contains(x) && !x.contains(e) && x !== e && x.getAttribute('aria-hidden') !== 'true' && this.visible(x) && x.getBoundingClientRect().width > 30);
      if (others.length || this.text(p).length > 500) break;
      box = p;
    }
    const said = [];
    const add = text => { const plain = this.loose(text).replace(/\s*[×✕✖]$/, ''); if (plain) said.push(plain); };
    const go = node => {
      for (const c of node.childNodes) if (c.nodeType === 3 && c.data.trim()) { add(node.textContent.length < 200 ? this.text(node) : c.data); break; }
      for (const c of node.children) {
        if (/^(SCRIPT|STYLE|svg|SELECT|TEXTAREA)$/.test(c.tagName) || !c.checkVisibility({visibilityProperty: true})) continue;
        for (const a of ['title', 'aria-label']) if (c.hasAttribute(a)) add(c.getAttribute(a));
        if (c.tagName === 'INPUT') add(c.value); else go(c.shadowRoot || c);
      }
    };
    go(box.shadowRoot || box);
    return said.slice(0, 200);
  },
  holds(e) { return 'value' in e && typeof e.value === 'string' && e.tagName !== 'BUTTON' && e.tagName !== 'LI' ? e.value : e.innerText || this.text(e); },
  // the calendar that is open: its heading (month and year), its ways to other months, its days
  calendar(set, months) {
    const fresh = this.fresh(set), text = e => (e.innerText || '').trim();
    const pressed = e => /^(TD|BUTTON|A)$/.test(e.tagName) || /gridcell|button|option/.test(this.role(e)) ||
      getComputedStyle(e).cursor === 'pointer';
    const days = fresh.filter(e => /^\d{1,2}$/.test(text(e)) && pressed(e) &&
      !e.querySelector('td, button, a, [role=gridcell], [role=button]'));
    const heads = fresh.map(e => [text(e), e]).filter(([t]) => t.length < 40 && /\d{4}/.test(t) &&
      months.some(m => t.toLowerCase().includes(m.slice(0, 3))));
    heads.sort((a, b) => a[0].length - b[0].length);
    const label = e => [e.getAttribute('aria-label'), e.getAttribute('title'), text(e), e.className].join(' ').toLowerCase();
    const steps = fresh.filter(e => (/^(BUTTON|A)$/.test(e.tagName) || this.role(e) === 'button') &&
      !/year|decade/.test(label(e).replace(/month and year|calendar/g, '')));
    const way = pattern => steps.filter(e => pattern.test(label(e)))[0] || null;
    return {
      days, head: heads.length ? heads[0][0] : '',
      next: way(/next month|\bnext\b|\bnext-|-next\b|›|»|→|forward/),
      prev: way(/prev(ious)? month|\bprev|-prev\b|‹|«|←|\bback\b/),
    };
  },
  day(set, months, day) {
    const cells = this.calendar(set, months).days.filter(e => Number(e.innerText.trim()) === day && !this.off(e));
    const classes = e => `${e.className} ${e.parentElement ? e.parentElement.className : ''}`.toLowerCase();
    const grey = e => /outside|other|muted|adjacent|\bold\b|\bnew\b|prev|next/.test(classes(e));
    let own = cells.filter(e => !grey(e));
    if (own.length > 1) own = day > 15 ? own.slice(-1) : own.slice(0, 1);
    return own.length === 1 ? own[0] : null;
  },
})
