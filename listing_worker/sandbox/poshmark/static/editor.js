// The listing form: create and edit, drafts, the "Share Listing" panel, publishing.
(() => {
  const state = window.__INITIAL_STATE__;
  const options = state.$_listing_editor;
  const meta = Object.freeze(state.$_meta);
  const user = state.userCookies.userInfo;
  const CONNECTING = 350; // milliseconds

  const emptyForm = () => ({
    title: '', description: '', department: null, category: null, feature: null, quantity: 'one', sizes: [], sizeTab: '',
    condition: null, brand: '', colors: [], tags: [], price: '', originalPrice: '', minPrice: '', smartSell: options.smart_sell,
    discount: null, availability: 'available', sku: '', costPrice: '', otherInfo: '', pictures: [],
  });

  const dollars = (amount) => (amount && Number(amount.val) ? String(Math.round(Number(amount.val))) : '');

  function formOf(post) {
    const form = emptyForm();
    if (!post) return form;
    const chosen = post.catalog || {};
    const secret = post.seller_private_info || {};
    form.department = meta.catalog.find((entry) => entry.id === chosen.department) || null;
    form.category = form.department ? form.department.categories.find((entry) => entry.id === chosen.category) || null : null;
    form.feature = form.category ? form.category.category_features.find((entry) => entry.id === (chosen.category_features || [])[0]) || null : null;
    return Object.assign(form, {
      title: post.title,
      description: post.description,
      sizes: ((post.inventory || {}).size_quantities || []).map((entry) => entry.size_id),
      condition: meta.conditions.find((entry) => entry.id === post.condition) || null,
      brand: post.brand,
      colors: meta.colors.filter((entry) => post.colors.some((color) => color.name === entry.name)),
      tags: [...post.style_tags],
      price: dollars(post.price_amount),
      originalPrice: dollars(post.original_price_amount),
      smartSell: Boolean(post.offer_auto_actions_v2_enabled),
      discount: meta.shipping_discounts.find((entry) => entry.id === (post.seller_shipping_discount || {}).id && entry.id !== 'none') || null,
      availability: post.inventory_status === 'not_for_sale' ? 'not_for_sale' : 'available',
      sku: secret.sku || '',
      costPrice: secret.cost_price_amount ? secret.cost_price_amount.val : '',
      otherInfo: secret.notes || '',
      pictures: post.pictures.map((picture) => ({ key: picture.id, id: picture.id, src: picture.url, progress: 100, choice: null })),
    });
  }

  // The post as the API takes it.
  function postOf(form, autolist) {
    const money = (text) => (text ? { val: String(Number(text)), currency_code: 'USD' } : null);
    const pictures = form.pictures.filter((picture) => picture.id).map((picture) => ({ id: picture.id }));
    return {
      title: form.title,
      description: form.description,
      catalog: {
        department: form.department && form.department.id,
        category: form.category && form.category.id,
        category_features: form.feature ? [form.feature.id] : [],
      },
      inventory: {
        size_quantity_revision: 0,
        status: form.availability,
        size_quantities: form.sizes.map((label) => ({ size_id: label, size_obj: { id: label, display: label, size_set: form.sizeTab }, quantity_available: 1, quantity_sold: 0 })),
      },
      condition: form.condition && form.condition.id,
      brand: form.brand.trim(),
      colors: form.colors.map(({ name, rgb, message_id }) => ({ name, rgb, message_id })),
      style_tags: form.tags,
      price_amount: money(form.price),
      original_price_amount: money(form.originalPrice) || { val: '0', currency_code: 'USD' },
      cover_shot: pictures.length ? pictures[0] : null,
      pictures: pictures.slice(1),
      videos: [],
      seller_private_info: { sku: form.sku.trim(), cost_price_amount: money(form.costPrice), notes: form.otherInfo },
      seller_shipping_discount: { id: form.discount ? form.discount.id : 'none' },
      offer_auto_actions_v2_enabled: form.smartSell,
      min_price_amount: money(form.minPrice),
      autolist_draft: autolist,
    };
  }

  const form = formOf(options.post);

  new Vue({
    el: '#app',
    template: '#pm-editor',
    data: {
      form, meta, options, errors: {}, dialog: '', message: '', draftId: options.post ? options.post.id : '', editing: options.editing,
      drafts: options.drafts, draftsOpen: false, detailsOpen: false, panel: false, connecting: false, publishing: false, busy: false,
      promote: false, before: JSON.stringify(postOf(form, true)),
    },
    async created() {
      if (this.draftId) return;
      await this.attempt(async () => {
        const draft = await Posh.api('POST', `/vm-rest/users/${user.uid}/posts?pm_version=${state.pm_version}`, { post: {} });
        this.draftId = draft.id;
      });
    },
    methods: {
      // Runs an action; what the site says against it is shown in a dialog. True if it went well.
      async attempt(action) {
        this.busy = true;
        try {
          await action();
          return true;
        } catch (failure) {
          if (!(failure instanceof Posh.ApiError)) throw failure;
          this.say(failure.message);
          return false;
        } finally {
          this.busy = false;
        }
      },
      say(message) {
        this.message = message;
        this.dialog = 'error';
      },
      save(autolist) {
        return Posh.api('POST', `/vm-rest/posts/${this.draftId}`, { post: postOf(this.form, autolist) });
      },
      // Size is not looked at here: only the server insists on it.
      valid() {
        const errors = {};
        if (!this.form.pictures.length) errors.photos = 'Please add at least one photo';
        if (!this.form.title.trim()) errors.title = 'Required';
        if (!this.form.description.trim()) errors.description = 'Required';
        if (!this.form.category) errors.category = 'Required';
        if (!this.form.condition) errors.condition = 'Required';
        this.errors = errors;
        if (Object.keys(errors).length) {
          this.$nextTick(() => this.$el.querySelector('.form__error-message')?.scrollIntoView({ block: 'center' }));
          return false;
        }
        if (this.form.pictures.some((picture) => !picture.id)) {
          this.say('Please wait until your photos are uploaded.');
          return false;
        }
        if (!this.form.price) {
          this.errors = { price: 'Required' };
          this.dialog = 'price';
          return false;
        }
        return true;
      },
      async onNext() {
        if (!this.valid()) return;
        if (!options.share_panel) {
          await this.publish();
          return;
        }
        Object.assign(this, { panel: true, connecting: true });
        const [saved] = await Promise.all([this.attempt(() => this.save(true)), Posh.sleep(CONNECTING)]);
        this.connecting = false;
        if (!saved) this.panel = false;
      },
      onList() {
        if (this.publishing) return;
        if (options.fragile) this.dialog = 'fragile';
        else this.publish();
      },
      async publish() {
        Object.assign(this, { dialog: '', publishing: true });
        const listed = await this.attempt(async () => {
          await this.save(true);
          await Posh.api('PUT', `/vm-rest/posts/${this.draftId}/status/published?user_certified=true`);
        });
        if (listed) location.assign(`/closet/${user.dh}?created_listing_id=${this.draftId}`);
        else this.publishing = false;
      },
      async onUpdate() {
        if (!this.valid()) return;
        if (await this.attempt(() => this.save(true))) location.assign(`/listing/${this.draftId}`);
      },
      async remove() {
        this.dialog = '';
        if (await this.attempt(() => Posh.api('DELETE', `/vm-rest/posts/${this.draftId}?app_type=web`))) location.assign(`/closet/${user.dh}`);
      },
      onCancel() {
        if (this.editing) location.assign(options.post.path);
        else if (JSON.stringify(postOf(this.form, true)) === this.before) this.leave();
        else this.dialog = 'leave';
      },
      async discard() {
        if (await this.attempt(() => Posh.api('DELETE', `/vm-rest/posts/${this.draftId}?app_type=web`))) this.leave();
      },
      async saveDraft() {
        this.dialog = '';
        if (await this.attempt(() => this.save(false))) this.dialog = 'saved';
      },
      leave() {
        location.assign('/feed');
      },
    },
  });
})();
