// Category, size, condition, brand, colours, style tags, availability. Every pick needs a real click.
(() => {
  const common = { form: Object, meta: Object, error: String };
  const field = (name, { props, ...rest }) => Vue.component(name, { template: `#${name}`, props: { ...common, ...props }, ...rest });

  field('pm-category', {
    props: { last: String, sticky: Boolean },
    data: () => ({ viewed: null, drilled: false }),
    computed: {
      hasFeatures() {
        return Boolean(this.form.category && this.form.category.category_features.length);
      },
    },
    methods: {
      onOpening() {
        this.drilled = false;
        this.viewed = this.form.department || this.meta.catalog.find((department) => department.display === this.last) || null;
      },
      view(event, department) {
        if (!event.isTrusted) return;
        this.viewed = department;
        this.drilled = true;
      },
      back(event) {
        if (event.isTrusted) this.viewed = null;
      },
      pick(event, category) {
        if (!event.isTrusted) return;
        Object.assign(this.form, { department: this.viewed, category, feature: null });
        const ends = category.display === 'Other';
        this.form.sizes = ends ? ['OS'] : [];
        // A menu that was drilled from the departments stays open until one clicks elsewhere.
        if (!(this.sticky && this.drilled)) this.$refs.category.close();
        if (category.category_features.length) setTimeout(() => this.$refs.subcategory.show(), 60);
      },
      pickFeature(event, feature) {
        if (!event.isTrusted) return;
        this.form.feature = feature;
        if (feature && feature.size_set) this.form.sizes = [];
        this.$refs.subcategory.close();
      },
    },
  });

  field('pm-size', {
    data: () => ({ tab: '', chosen: [], custom: '', customLabels: [] }),
    computed: {
      setName() {
        return (this.form.feature && this.form.feature.size_set) || (this.form.category && this.form.category.size_set);
      },
      set() {
        return this.setName ? this.meta.size_sets[this.setName] : null;
      },
      tabs() {
        return Object.keys(this.set || {});
      },
      labels() {
        return (this.set && this.set[this.tab]) || [];
      },
      sizeSystem() {
        return /shoes/.test(this.setName || '');
      },
      closesItself() {
        return this.setName === 'kids_shoes' && this.form.quantity === 'one';
      },
    },
    watch: {
      setName() {
        this.tab = '';
        this.customLabels = [];
      },
    },
    methods: {
      onOpening() {
        this.chosen = [...this.form.sizes];
        if (!this.tabs.includes(this.tab)) this.tab = this.tabs[0] || '';
      },
      setQuantity(quantity) {
        this.form.quantity = quantity;
        this.form.sizes = this.form.sizes.slice(0, 1);
      },
      showTab(event, name) {
        if (event.isTrusted) this.tab = name;
      },
      pick(event, label) {
        if (!event.isTrusted) return;
        if (this.form.quantity === 'multi') {
          this.chosen = this.chosen.includes(label) ? this.chosen.filter((other) => other !== label) : [...this.chosen, label];
        } else {
          this.chosen = [label];
        }
        if (this.closesItself) this.done(event);
      },
      saveCustom(event) {
        const label = this.custom.trim();
        if (!event.isTrusted || !label) return;
        if (!this.customLabels.includes(label)) this.customLabels.push(label);
        this.chosen = this.form.quantity === 'multi' ? [...this.chosen, label] : [label];
        this.custom = '';
      },
      done(event) {
        if (!event.isTrusted) return;
        this.form.sizes = this.chosen;
        this.form.sizeTab = this.tab;
        this.$refs.menu.close();
      },
    },
  });

  field('pm-condition', {
    methods: {
      pick(event, condition) {
        if (!event.isTrusted) return;
        this.form.condition = condition;
        this.$refs.menu.close();
      },
    },
  });

  field('pm-brand', {
    data: () => ({ suggestions: [] }),
    methods: {
      onInput(event) {
        this.form.brand = event.target.value;
        clearTimeout(this.later);
        this.later = setTimeout(this.ask, 120);
      },
      async ask() {
        const asked = this.form.brand;
        if (!asked.trim()) {
          this.suggestions = [];
          this.$refs.menu.close();
          return;
        }
        try {
          const found = await Posh.api('GET', `/vm-rest/searches/brands/suggested?query=${encodeURIComponent(asked)}`);
          if (asked !== this.form.brand) return;
          this.suggestions = found;
          if (found.length) this.$refs.menu.show();
          else this.$refs.menu.close();
        } catch {
          this.suggestions = [];
        }
      },
      pick(event, brand) {
        if (!event.isTrusted) return;
        this.form.brand = brand.name;
        this.suggestions = [];
        this.$refs.menu.close();
      },
    },
  });

  field('pm-colors', {
    data: () => ({ chosen: [] }),
    methods: {
      onOpening() {
        this.chosen = [...this.form.colors];
      },
      toggle(event, color) {
        if (!event.isTrusted) return;
        if (this.chosen.includes(color)) this.chosen = this.chosen.filter((other) => other !== color);
        else if (this.chosen.length < 2) this.chosen = [...this.chosen, color];
      },
      done(event) {
        if (!event.isTrusted) return;
        this.form.colors = this.chosen;
        this.$refs.menu.close();
      },
    },
  });

  field('pm-tags', {
    data: () => ({ typed: '' }),
    computed: {
      hits() {
        const typed = this.typed.trim().toLowerCase();
        return this.meta.style_tags.filter((tag) => !this.form.tags.includes(tag) && tag.toLowerCase().includes(typed));
      },
    },
    methods: {
      show() {
        if (this.hits.length) this.$refs.menu.show();
        else this.hide();
      },
      hide() {
        this.$refs.menu.close();
      },
      pick(event, tag) {
        if (event.isTrusted) this.add(tag);
      },
      add(tag) {
        const words = tag.trim();
        if (words && this.form.tags.length < 3 && !this.form.tags.includes(words)) this.form.tags.push(words);
        this.typed = '';
        this.hide();
      },
    },
  });

  field('pm-availability', {
    methods: {
      pick(event, name) {
        if (!event.isTrusted) return;
        this.form.availability = name;
        this.$refs.menu.close();
      },
    },
  });
})();
