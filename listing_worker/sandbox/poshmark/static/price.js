// The price: an input that only opens the modal, and the modal itself. Whole dollars.
(() => {
  const WHOLE = 'Whole dollar amount required';
  const isWhole = (text) => /^\d{1,6}$/.test(text.trim().replace(/^\$/, ''));
  const plain = (text) => text.trim().replace(/^\$/, '');

  Vue.component('pm-price', {
    template: '#pm-price',
    props: { form: Object, meta: Object, error: String },
    data: () => ({ isOpen: false, price: '', originalPrice: '', minPrice: '', smartSell: false, discount: null, wrong: {} }),
    computed: {
      earnings() {
        if (!isWhole(this.price)) return '$--';
        const price = Number(plain(this.price));
        const fee = price < 15 ? 2.95 : price * 0.2;
        return `$${Math.max(0, price - fee).toFixed(2)}`;
      },
    },
    methods: {
      open(event) {
        if (!event.isTrusted || this.isOpen) return;
        const { price, originalPrice, minPrice, smartSell, discount } = this.form;
        Object.assign(this, { price, originalPrice, minPrice, smartSell, discount, wrong: {}, isOpen: true });
        this.$nextTick(() => this.$refs.price.focus());
      },
      onKey(event) {
        if (event.key !== 'Tab' && event.key !== 'Shift') {
          event.preventDefault();
          this.open(event);
        }
      },
      // The inline original price is left over from an older form: what is typed there is lost.
      hiddenTouched(event) {
        event.target.value = '0';
      },
      pickDiscount(event, item) {
        if (!event.isTrusted) return;
        this.discount = item;
        this.$refs.discounts.close();
      },
      close(event) {
        if (event.isTrusted) this.isOpen = false;
      },
      done(event) {
        if (!event.isTrusted) return;
        const wrong = {};
        if (!this.price.trim()) wrong.price = 'Required';
        else if (!isWhole(this.price) || Number(plain(this.price)) === 0) wrong.price = WHOLE;
        if (this.originalPrice.trim() && !isWhole(this.originalPrice)) wrong.originalPrice = WHOLE;
        if (this.smartSell && !this.minPrice.trim()) wrong.minPrice = 'Minimum price is required';
        else if (this.smartSell && !isWhole(this.minPrice)) wrong.minPrice = WHOLE;
        else if (this.smartSell && Number(plain(this.minPrice)) >= Number(plain(this.price))) wrong.minPrice = 'Must be lower than the listing price';
        this.wrong = wrong;
        if (Object.keys(wrong).length) return;
        Object.assign(this.form, {
          price: plain(this.price),
          originalPrice: plain(this.originalPrice),
          minPrice: this.smartSell ? plain(this.minPrice) : '',
          smartSell: this.smartSell,
          discount: this.discount,
        });
        this.isOpen = false;
      },
    },
  });
})();
