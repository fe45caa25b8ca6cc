// What the form's parts share: the API, and the modal, dropdown and toggle components.
window.Posh = (() => {
  const cookie = (name) => document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

  class ApiError extends Error {}

  // Data of an answer. An error object is thrown as ApiError, whatever the answer's status; a signed-out visitor leaves.
  async function api(method, path, body) {
    const options = { method, headers: { Accept: 'application/json', 'x-xsrf-token': cookie('_csrf') } };
    if (body !== undefined) {
      options.headers['Content-Type'] = 'application/json';
      options.body = JSON.stringify(body);
    }
    let answer;
    let document_ = {};
    try {
      answer = await fetch(path, options);
    } catch {
      throw new ApiError('Something went wrong. Please check your connection and try again.');
    }
    try {
      document_ = await answer.json();
    } catch {
      document_ = {};
    }
    if (answer.status === 401) {
      location.assign('/login');
      await new Promise(() => {});
    }
    if (document_.error || !answer.ok) throw new ApiError(document_.error?.userMessage ?? 'Something went wrong. Please try again.');
    return document_.data;
  }

  // A file in multipart form, with progress from 0 to 100.
  function upload(path, blob, onProgress) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', path);
      request.setRequestHeader('x-xsrf-token', cookie('_csrf'));
      request.upload.onprogress = (event) => onProgress(Math.round((100 * event.loaded) / event.total));
      request.onerror = () => reject(new ApiError('Photo upload failed'));
      request.onload = () => {
        if (request.status === 401) return location.assign('/login');
        let answer = {};
        try {
          answer = JSON.parse(request.responseText);
        } catch {
          answer = {};
        }
        if (request.status >= 400 || !answer.data) return reject(new ApiError(answer.error?.userMessage ?? 'Photo upload failed'));
        return resolve(answer.data);
      };
      const form = new FormData();
      form.append('file', blob, 'image.jpg');
      request.send(form);
    });
  }

  Vue.component('pm-modal', {
    template: '#pm-modal',
    props: { open: Boolean, title: String, kind: String, bodyClass: String, closable: Boolean },
  });

  Vue.component('pm-toggle', { template: '#pm-toggle', props: { value: Boolean, label: String } });

  // Opens on a real click only, closes on a real click elsewhere. `manual`: the owner opens it.
  Vue.component('pm-dropdown', {
    template: '#pm-dropdown',
    props: { menuClass: String, disabled: Boolean, manual: Boolean },
    data: () => ({ open: false }),
    mounted() {
      this.outside = (event) => {
        if (event.isTrusted && this.open && !this.$el.contains(event.target)) this.open = false;
      };
      document.addEventListener('click', this.outside, true);
    },
    beforeDestroy() {
      document.removeEventListener('click', this.outside, true);
    },
    methods: {
      onSelector(event) {
        if (!event.isTrusted || this.disabled || this.manual) return;
        if (!this.open) this.$emit('opening');
        this.open = !this.open;
      },
      show() {
        this.open = true;
      },
      close() {
        this.open = false;
      },
    },
  });

  return { api, upload, sleep, ApiError };
})();
