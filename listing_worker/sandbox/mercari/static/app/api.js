// The page's own client of /v1: who is signed in, GraphQL-shaped calls, photo uploads with progress.

export const settings = JSON.parse(document.getElementById("__NEXT_DATA__").textContent).runtimeConfig;
export const has = (word) => settings.variants.includes(word);
export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const HASH = "c7a4f1de0b9d3f5a8e6c2b1074d9f3e85a6b7c8d9e0f1a2b3c4d5e6f708192a3";
let me = { user: {} };

export class ApiError extends Error {
  constructor(status, first = {}) {
    super(first.message || "Something wrong happened");
    this.status = status;
    this.code = first.code || "";
    this.field = (first.meta && first.meta.field) || "";
  }
}

// Belongs to this browser; the server remembers which one signed in.
export function deviceToken() {
  let token = localStorage.getItem("deviceToken");
  if (!token) {
    token = crypto.randomUUID();
    localStorage.setItem("deviceToken", token);
  }
  return token;
}

export async function initialize() {
  const headers = { "x-de-device-token": deviceToken() };
  const answer = await fetch("/v1/initialize", { credentials: "include", cache: "no-store", headers });
  me = await answer.json();
  return me;
}

export const user = () => me.user;
export const signedIn = () => Boolean(me.user && me.user.userId);
export const toLogin = () => location.assign("/login/");

function headers() {
  return {
    accept: "application/json",
    authorization: `Bearer ${me.accessToken}`,
    "x-csrf-token": me.csrf,
    "x-de-device-token": deviceToken(),
    "x-socure-device-token": localStorage.getItem("socureToken") || "",
    "x-platform": "web",
    "x-double-web": "1",
    "apollo-require-preflight": "true",
  };
}

async function read(answer) {
  const body = await answer.json().catch(() => ({}));
  const first = body.errors && body.errors[0];
  if (answer.status === 401 || (answer.status === 403 && first && first.code === "FORBIDDEN")) toLogin();
  if (!answer.ok || first) throw new ApiError(answer.status, first);
  return body.data;
}

const persisted = { persistedQuery: { version: 1, sha256Hash: HASH } };

export async function call(operationName, input) {
  const answer = await fetch("/v1/api", {
    method: "POST",
    credentials: "include",
    headers: { ...headers(), "content-type": "application/json" },
    body: JSON.stringify({ operationName, variables: { input }, extensions: persisted }),
  });
  return read(answer);
}

// Reads of lists and items go by GET, with everything in the address.
export async function fetchQuery(operationName, variables) {
  const query = new URLSearchParams({
    operationName,
    variables: JSON.stringify(variables),
    extensions: JSON.stringify(persisted),
  });
  return read(await fetch(`/v1/api?${query}`, { credentials: "include", headers: headers() }));
}

export function uploadPhoto(file, onProgress) {
  const form = new FormData();
  const variables = { input: { photos: [null] } };
  form.append("operations", JSON.stringify({ operationName: "uploadTempListingPhotos", variables, extensions: persisted }));
  form.append("map", JSON.stringify({ 1: ["variables.input.photos.0"] }));
  form.append("1", file, file.name || "listing.jpg");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/v1/api");
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => onProgress(event.loaded / (event.total || 1));
    request.onerror = () => reject(new ApiError(0));
    request.onload = () => {
      const body = request.response || {};
      const first = body.errors && body.errors[0];
      if (request.status === 401 || (request.status === 403 && first && first.code === "FORBIDDEN")) toLogin();
      if (request.status !== 200 || first) reject(new ApiError(request.status, first));
      else resolve(body.data.uploadTempListingPhotos.uploadIds[0]);
    };
    request.send(form);
  });
}

export async function logIn(email, password, code) {
  const answer = await fetch("/v1/login", {
    method: "POST",
    credentials: "include",
    headers: { "content-type": "application/json", "x-de-device-token": deviceToken(), "x-platform": "web" },
    body: JSON.stringify({ email, password, code }),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new ApiError(answer.status, body.errors && body.errors[0]);
  return body;
}

export async function logOut() {
  await fetch("/v1/logout", { method: "POST", credentials: "include" });
  location.assign("/");
}

// Keeps one request open for ever, as the real page does: its network is never idle.
export async function keepPolling() {
  for (;;) {
    try {
      await fetch("/v1/notifications/poll", { credentials: "include" });
    } catch {
      await wait(5000);
    }
  }
}
