// The page's own client: GraphQL-shaped calls, photo uploads with progress, the connection that never ends.

const modules = JSON.parse(document.querySelector("script[data-sjs]").textContent).require;
const moduleOf = (name) => modules.find((one) => one[0] === name)[2];

export const settings = moduleOf("MarketplaceSettings");
export const user = moduleOf("CurrentUserInitialData");
export const signedIn = () => user.USER_ID !== "0";
export const has = (word) => settings.variants.includes(word);
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const GUARD = "for (;;);";
const NOT_LOGGED_IN = 1357001;
const token = moduleOf("DTSGInitialData").token || "";

export class ApiError extends Error {
  constructor(message, field) {
    super(message || "");
    this.field = field || "";
  }
}

export const toLogin = () => location.assign(`/login/?next=${encodeURIComponent(location.href)}`);

function readText(text) {
  const body = JSON.parse(text.startsWith(GUARD) ? text.slice(GUARD.length) : text);
  const first = body.errors && body.errors[0];
  if (body.error === NOT_LOGGED_IN || (first && first.code === NOT_LOGGED_IN)) {
    toLogin();
    throw new ApiError("Not Logged In");
  }
  if (body.error) throw new ApiError(body.errorSummary);
  if (first) throw new ApiError(first.message, first.field);
  return body;
}

let request = 0;
const docId = (name) => String([...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9007199254740881, 24));

export async function call(name, variables) {
  request += 1;
  const body = new URLSearchParams({
    av: user.USER_ID, __user: user.USER_ID, __a: "1", __req: request.toString(36), dpr: "1", fb_dtsg: token,
    fb_api_caller_class: "RelayModern", fb_api_req_friendly_name: name, server_timestamps: "true",
    variables: JSON.stringify(variables), doc_id: docId(name),
  });
  const answer = await fetch("/api/graphql/", { method: "POST", credentials: "include", headers: { "x-fb-friendly-name": name }, body });
  const text = await answer.text();
  if (!answer.ok) throw new ApiError("");
  return readText(text).data;
}

export function uploadPhoto(file, onProgress) {
  const form = new FormData();
  form.append("fb_dtsg", token);
  form.append("farr", file, file.name || "photo.jpg");
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", `https://upload.facebook.com/ajax/react_composer/attachments/photo/upload?av=${user.USER_ID}&__a=1`);
    sending.withCredentials = true;
    sending.upload.onprogress = (event) => onProgress(event.loaded / (event.total || 1));
    sending.onerror = () => reject(new ApiError(""));
    sending.onload = () => {
      try {
        resolve(readText(sending.responseText).payload.photoID);
      } catch (failure) {
        reject(failure);
      }
    };
    sending.send(form);
  });
}

// One request stays open for ever, as the real page's chat does: the network is never idle.
export async function keepPolling() {
  for (;;) {
    try {
      await fetch("/ajax/presence/poll/", { credentials: "include" });
    } catch {
      await wait(5000);
    }
  }
}
