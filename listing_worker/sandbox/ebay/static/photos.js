// The picture uploader: a preview at once (blob:), then the upload, then the picture's own address.

import { $, $$, element, escaped, on } from './core.js';

const AT_ONCE = 3;

export function photos(state, save) {
  const input = $('#fehelix-uploader');
  const gallery = $('.uploader-thumbnails');
  const add = $('.uploader-ui__add');
  const messages = $('.uploader-ui__messages');
  const kept = state.photos.map((photo) => photo.id); // in the listing's order
  const queue = [];
  let running = 0;
  let tipsShown = false;

  window.sellingUIUploader = {
    'fehelix-uploader': { config: { acceptImage: true, acceptVideo: true, maxPhotos: state.maxPhotos, maxVideos: 1 }, input },
  };

  function count() {
    $('.uploader-ui__count').textContent = `${kept.length}/${state.maxItems}`;
    $$('.uploader-thumbnails-ux__image', gallery).forEach((thumb, index) => thumb.setAttribute('aria-label', `Photo ${index + 1}`));
  }

  function complain(text) {
    messages.append(element(`<p role="alert" class="uploader-ui__error">${escaped(text)}</p>`));
  }

  async function upload({ file, item }) {
    const body = new FormData();
    body.append('image', file, file.name);
    try {
      const answer = await fetch('/image/upload/eBayISAPI.dll?EpsBasic', { method: 'POST', credentials: 'include', body });
      const text = await answer.text();
      if (!answer.ok || !text.startsWith('VERSION:')) throw new Error(text.split(';')[1] ?? '');
      const id = text.match(/\/z\/([^/]+)\//)[1];
      const thumb = $('.uploader-thumbnails-ux__image', item);
      const picture = `https://i.ebayimg.com/images/g/${id}/s-l500.jpg`;
      item.dataset.photo = id;
      thumb.style.backgroundImage = `url("${picture}")`;
      item.classList.remove('is-uploading');
      // Pictures stand in the order in which their uploads were finished.
      gallery.insertBefore(item, $$('.uploader-thumbnails-ux__item', gallery)[kept.length] ?? add);
      kept.push(id);
      count();
      save({ photos: [...kept] });
      if (state.tips && !tipsShown) tips();
    } catch (error) {
      item.remove();
      complain(error.message ? `${file.name}: ${error.message}` : `We couldn't upload ${file.name}. Please try again.`);
    }
  }

  async function work() {
    if (running >= AT_ONCE || !queue.length) return;
    running += 1;
    await upload(queue.shift());
    running -= 1;
    work();
  }

  function tips() {
    tipsShown = true;
    const dialog = element('<div class="lightbox-dialog photo-tips" role="dialog" aria-modal="true" aria-label="Photo tips"><div class="lightbox-dialog__window"><h2>Photo tips</h2><p>Use natural light and a plain background.</p><button type="button" class="btn btn--primary">OK</button></div></div>');
    $('button', dialog).addEventListener('click', () => dialog.remove());
    document.body.append(dialog);
  }

  input.addEventListener('change', () => {
    messages.replaceChildren();
    for (const file of input.files) {
      if (kept.length + queue.length + running >= state.maxPhotos) {
        complain(`You can add up to ${state.maxPhotos} photos.`);
        break;
      }
      const item = element('<div class="uploader-thumbnails-ux__item is-uploading"><button type="button" class="uploader-thumbnails-ux__image" aria-label="Photo"></button></div>');
      $('button', item).style.backgroundImage = `url("${URL.createObjectURL(file)}")`;
      gallery.insertBefore(item, add);
      queue.push({ file, item });
      work();
    }
    input.value = '';
  });
  on('click', '[data-action="choose-photos"]', () => input.click());
  on('click', '.uploader-thumbnails-ux__image', (thumb) => {
    const item = thumb.parentElement;
    if (!item.dataset.photo) return;
    const editor = element(`<div class="lightbox-dialog uploader-editor" role="dialog" aria-modal="true" aria-label="Edit photo"><div class="lightbox-dialog__window"><div class="uploader-editor__picture" style="background-image:${escaped(thumb.style.backgroundImage)}"></div>
      <button type="button" class="btn btn--secondary" data-do="delete">Delete</button> <button type="button" class="btn btn--primary" data-do="done">Done</button></div></div>`);
    editor.addEventListener('click', (e) => {
      const action = e.target.dataset.do;
      if (!action) return;
      editor.remove();
      if (action === 'delete') {
        kept.splice(kept.indexOf(item.dataset.photo), 1);
        item.remove();
        count();
        save({ photos: [...kept] });
      }
    });
    document.body.append(editor);
  });
}
