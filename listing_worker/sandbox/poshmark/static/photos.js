// Photos: picked files, the cover-shot dialog with its cropper, re-encoding to JPEG, upload one by one.
(() => {
  const LIMIT = 16;
  const LONGEST = 1600; // pixels
  const PICTURES = ['image/jpeg', 'image/png'];
  let keys = 0;

  const toBlob = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92));

  function turned(bitmap, quarters) {
    const canvas = document.createElement('canvas');
    const sideways = quarters % 2 === 1;
    canvas.width = sideways ? bitmap.height : bitmap.width;
    canvas.height = sideways ? bitmap.width : bitmap.height;
    const pen = canvas.getContext('2d');
    pen.translate(canvas.width / 2, canvas.height / 2);
    pen.rotate((quarters * Math.PI) / 2);
    pen.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
    return canvas;
  }

  function scaled(source, x, y, width, height, longest) {
    const factor = Math.min(1, longest / Math.max(width, height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(width * factor));
    canvas.height = Math.max(1, Math.round(height * factor));
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  // The part of an image that the 3:4 viewport shows: centred, 1 = as much as fits.
  function cropped(source, zoom) {
    const width = Math.min(source.width, (source.height * 3) / 4) / zoom;
    const height = (width * 4) / 3;
    return { x: (source.width - width) / 2, y: (source.height - height) / 2, width, height };
  }

  Vue.component('pm-photos', {
    template: '#pm-photos',
    props: { form: Object, draftId: String, delay: Number, error: String },
    data: () => ({ dialog: false, choices: [], chosen: 0, zoom: 1 }),
    computed: {
      pictures() {
        return this.form.pictures;
      },
    },
    methods: {
      onInput(event) {
        const files = [...event.target.files];
        event.target.value = '';
        this.onFiles(files);
      },
      async onFiles(files) {
        const wanted = [...files].filter((file) => !file.type.startsWith('video/'));
        if (wanted.some((file) => !PICTURES.includes(file.type))) return this.$emit('problem', 'This file type is not supported. Use JPG or PNG.');
        if (this.pictures.length + wanted.length > LIMIT) return this.$emit('problem', `You can add up to ${LIMIT} photos.`);
        if (!wanted.length) return undefined;
        const choices = [];
        for (const file of wanted) {
          try {
            choices.push({ file, bitmap: Object.freeze(await createImageBitmap(file)), url: URL.createObjectURL(file), quarters: 0 });
          } catch {
            return this.$emit('problem', 'Photo upload failed');
          }
        }
        await Posh.sleep(this.delay);
        Object.assign(this, { choices, chosen: 0, zoom: 1, dialog: true });
        return this.$nextTick(this.draw);
      },
      choose(index) {
        this.chosen = index;
        this.zoom = 1;
        this.draw();
      },
      rotate() {
        const choice = this.choices[this.chosen];
        choice.quarters = (choice.quarters + 1) % 4;
        this.draw();
      },
      draw() {
        const choice = this.choices[this.chosen];
        const stage = this.$refs.stage;
        if (!choice || !stage) return;
        const source = turned(choice.bitmap, choice.quarters);
        const part = cropped(source, this.zoom);
        const factor = 225 / part.width;
        const pen = stage.getContext('2d');
        pen.fillStyle = '#f2f2f2';
        pen.fillRect(0, 0, 270, 360);
        pen.drawImage(source, 135 - (source.width * factor) / 2, 180 - (source.height * factor) / 2, source.width * factor, source.height * factor);
      },
      async replace(event) {
        const file = event.target.files[0];
        event.target.value = '';
        if (!file || !PICTURES.includes(file.type)) return;
        const choice = this.choices[this.chosen];
        Object.assign(choice, { file, bitmap: Object.freeze(await createImageBitmap(file)), url: URL.createObjectURL(file), quarters: 0 });
        this.draw();
      },
      cancel() {
        this.dialog = false;
        this.choices = [];
      },
      async apply() {
        const { choices, chosen, zoom } = this;
        this.dialog = false;
        this.choices = [];
        const cover = choices[chosen];
        const ordered = [cover, ...choices.filter((choice) => choice !== cover)];
        const cells = ordered.map((choice) => {
          keys += 1;
          return { key: `new-${keys}`, id: null, src: null, progress: 0, choice, crop: choice === cover, zoom };
        });
        this.form.pictures.push(...cells);
        for (const cell of this.form.pictures.slice(-cells.length)) await this.send(cell);
      },
      async send(cell) {
        const { choice, crop, zoom } = cell;
        cell.choice = null;
        const source = turned(choice.bitmap, choice.quarters);
        const part = crop ? cropped(source, zoom) : { x: 0, y: 0, width: source.width, height: source.height };
        const blob = await toBlob(scaled(source, part.x, part.y, part.width, part.height, LONGEST));
        try {
          const answer = await Posh.upload(`/api/posts/${await this.draft()}/media/scratch?app_type=web`, blob, (percent) => {
            cell.progress = Math.min(99, percent);
          });
          cell.id = answer.id;
          cell.src = URL.createObjectURL(blob);
          const published = new Image();
          published.onload = () => {
            cell.src = answer.url;
          };
          published.src = answer.url;
        } catch (failure) {
          this.form.pictures.splice(this.form.pictures.indexOf(cell), 1);
          this.$emit('problem', failure.message);
        }
      },
      draft() {
        if (this.draftId) return Promise.resolve(this.draftId);
        return new Promise((resolve) => {
          const stop = this.$watch('draftId', (id) => {
            stop();
            resolve(id);
          });
        });
      },
      remove(index) {
        this.form.pictures.splice(index, 1);
      },
    },
  });
})();
