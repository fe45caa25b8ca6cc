// Begins with the bare shell: asks who is signed in, lets the page mount late, sends guests to /login/.

import { Home, Login, NotFound, Soon, Suspended } from "./account.js";
import { has, initialize, keepPolling, settings, signedIn, user, wait } from "./api.js";
import { ItemPage } from "./item.js";
import { MyPage, OwnList } from "./mypage.js";
import { loadCategories } from "./sell/categories.js";
import { SellPage } from "./sell/form.js";
import { html } from "./ui.js";

const SIMPLE_MOUNT_MS = 80; // both are counted from the start of the navigation

const ROUTES = [
  [/^\/$/, () => html`<${Home} />`],
  [/^\/login\/$/, () => html`<${Login} />`],
  [/^\/signup\/$/, () => html`<${Soon} title="Sign up" />`],
  [/^\/search\/$/, () => html`<${Soon} title="Search results" />`],
  [/^\/sell\/$/, () => html`<${SellPage} />`, "own"],
  [/^\/sell\/draft\/(\w+)\/$/, (id) => html`<${SellPage} draftId=${id} />`, "own"],
  [/^\/sell\/edit\/(m\d+)\/$/, (id) => html`<${SellPage} editedId=${id} />`, "own"],
  [/^\/us\/item\/(m\d+)\/$/, (id) => html`<${ItemPage} id=${id} />`],
  [/^\/mypage\/$/, () => html`<${MyPage} />`, "own"],
  [/^\/mypage\/listings\/(active|inactive|complete|drafts)\/$/, (status) => html`<${OwnList} status=${status} />`, "own"],
];

async function boot() {
  const path = location.pathname;
  const route = ROUTES.find(([pattern]) => pattern.test(path));
  const sell = path.startsWith("/sell/");
  const late = (sell ? settings.mountMs : SIMPLE_MOUNT_MS) - performance.now();
  await Promise.all([initialize(), wait(Math.max(0, late)), sell && loadCategories()]);
  if (has("empty_shell") && sell) return;
  if (route && route[2] === "own" && !signedIn()) {
    location.replace("/login/");
    return;
  }
  if (signedIn() && path === "/login/") {
    location.replace("/");
    return;
  }
  let page = settings.found && route ? route[1](path.match(route[0])[1]) : html`<${NotFound} />`;
  if (route && route[2] === "own" && user().status === "suspended") page = html`<${Suspended} />`;
  window.ReactDOM.createRoot(document.getElementById("__next")).render(page);
  keepPolling();
}

boot();
