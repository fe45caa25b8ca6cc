// Photos: a hidden input that appends, uploads to another host, a counter, and buttons that take one away.

import { has, uploadPhoto } from "../api.js";
import { Alert, Button, cx, html, keys, useRef, useState } from "../ui.js";
import { t } from "../words.js";
import { LIMITS } from "./rules.js";

const AT_ONCE = 3;

export function Photos({ form, set, error }) {
  const photoInput = useRef(null);
  const running = useRef(0);
  const waiting = useRef([]);
  const [failure, setFailure] = useState("");
  const [video, setVideo] = useState("");

  const change = (key, changes) =>
    set((now) => ({ photos: now.photos.map((photo) => (photo.key === key ? { ...photo, ...changes } : photo)) }));
  const drop = (key) => set((now) => ({ photos: now.photos.filter((photo) => photo.key !== key) }));
  const start = async () => {
    const { key, file } = waiting.current.shift();
    running.current += 1;
    try {
      const photoId = await uploadPhoto(file, (progress) => change(key, { progress }));
      change(key, { photoId, progress: 1 });
    } catch {
      drop(key);
      setFailure("Can't read files. Your photo couldn't be uploaded.");
    }
    running.current -= 1;
    if (waiting.current.length) start();
  };
  const add = (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    setFailure(files.length > LIMITS.photos - form.photos.length ? "You can add up to 10 photos." : "");
    const added = files.slice(0, LIMITS.photos - form.photos.length).map((file) => ({ key: crypto.randomUUID(), file }));
    const fresh = added.map(({ key, file }) => ({ key, photoId: "", preview: URL.createObjectURL(file), progress: 0 }));
    set((now) => ({ photos: [...now.photos, ...fresh] }));
    waiting.current.push(...added);
    while (waiting.current.length && running.current < AT_ONCE) start();
  };

  const photoChooser = html`<input
    key="photo" ref=${photoInput} type="file" accept="image/*,image/heif,image/heic" multiple className=${cx("gone")} onChange=${add}
  />`;
  const videoChooser = html`<input
    key="video" type="file" accept="video/*" className=${cx("gone")} onChange=${(event) => setVideo(event.target.files[0]?.name || "")}
  />`;
  const total = form.photos.length;
  return html`
    <div className=${cx("field")}>
      <div className=${cx("small")}><span>${t("Photos")} · ${total}/${LIMITS.photos}</span> - You can add up to ${LIMITS.photos} photos.</div>
      <div className=${cx("grid")}>
        ${form.photos.map(
          (photo, n) => html`<div key=${photo.key} className=${cx("thumb")}>
            <img src=${photo.preview} alt="" />
            ${!photo.photoId && html`<div role="progressbar" aria-valuenow=${Math.round(photo.progress * 100)} className=${cx("spin")}></div>`}
            <div role="button" tabIndex="0" aria-label=${`Remove photo ${n + 1} of ${total}`} className=${cx("round", "corner")}
              onClick=${() => drop(photo.key)} onKeyDown=${keys(() => drop(photo.key))}>✕</div>
          </div>`,
        )}
        ${total < LIMITS.photos && html`<${Button} label=${t("Add photos")} onPress=${() => photoInput.current.click()} />`}
        <div className=${cx("small")}>${video ? `Video: ${video}` : "Add video"}</div>
      </div>
      ${has("video_first") ? [videoChooser, photoChooser] : [photoChooser, videoChooser]}
      ${(failure || error) && html`<${Alert}>${failure || error}<//>`}
    </div>
  `;
}
