// Photos: one hidden input that appends; previews are data: URLs of at most 720 px, shown before the upload is done.

import { uploadPhoto } from "../api.js";
import { html, sc, toast, useRef } from "../ui.js";
import { LIMITS } from "./rules.js";
import { FieldError } from "./fields.js";

const PREVIEW_SIDE = 720;
const AT_ONCE = 3;

async function previewOf(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, PREVIEW_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.92);
}

export function Photos({ form, set, error, onUploaded }) {
  const input = useRef(null);
  const running = useRef(0);
  const waiting = useRef([]);
  const fresh = useRef(false);

  const change = (key, changes) =>
    set((now) => ({ photos: now.photos.map((photo) => (photo.key === key ? { ...photo, ...changes } : photo)) }));
  const drop = (key) => set((now) => ({ photos: now.photos.filter((photo) => photo.key !== key) }));

  const settle = () => {
    running.current -= 1;
    if (waiting.current.length) start();
    else if (running.current === 0 && fresh.current) {
      fresh.current = false;
      onUploaded();
    }
  };
  const start = async () => {
    const { key, file } = waiting.current.shift();
    running.current += 1;
    try {
      change(key, { preview: await previewOf(file) });
      const uploadId = await uploadPhoto(file, (progress) => change(key, { progress }));
      change(key, { uploadId, status: "done", progress: 1 });
      fresh.current = true;
    } catch {
      drop(key);
      toast("Something wrong happened");
    }
    settle();
  };
  const add = (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    const room = LIMITS.photos - form.photos.length;
    if (files.length > room) toast(`You can add up to ${LIMITS.photos} photos`);
    const added = files.slice(0, room).map((file) => ({ key: crypto.randomUUID(), file }));
    set((now) => ({
      photos: [...now.photos, ...added.map(({ key }) => ({ key, uploadId: "", preview: "", status: "uploading", progress: 0 }))],
    }));
    waiting.current.push(...added);
    while (waiting.current.length && running.current < AT_ONCE) start();
  };

  return html`
    <section className=${sc("SellForm__Section")}>
      <h2>Photos</h2>
      <p className=${sc("SellForm__Hint")}>Add up to ${LIMITS.photos} photos. The first one is your cover.</p>
      <div className=${sc("SellPhotos__Grid")}>
        ${form.photos.map(
          (photo, n) => html`
            <div key=${photo.key} className=${sc("SellPhotos__Cell")}>
              ${photo.preview
                ? html`<img data-testid="PreviewThumbnail" alt=${`Photo ${n + 1}`} src=${photo.preview} />`
                : html`<div className=${sc("SellPhotos__Blank")}></div>`}
              ${photo.status === "uploading" &&
              html`<progress aria-label=${`Uploading photo ${n + 1}`} value=${photo.progress} max="1"></progress>`}
              <button type="button" aria-label=${`Remove photo ${n + 1}`} className=${sc("SellPhotos__Remove")} onClick=${() => drop(photo.key)}>✕</button>
              ${n === 0 && html`<span className=${sc("SellPhotos__Cover")}>Cover</span>`}
            </div>
          `,
        )}
        ${form.photos.length < LIMITS.photos &&
        html`<button type="button" className=${sc("SellPhotos__Add")} onClick=${() => input.current.click()}>
          <span aria-hidden="true">+</span>Add photos
        </button>`}
      </div>
      <input
        ref=${input} type="file" multiple accept="image/*" data-testid="SellPhotoInput" style=${{ display: "none" }}
        onChange=${add}
      />
      <${FieldError} text=${error} />
    </section>
  `;
}
