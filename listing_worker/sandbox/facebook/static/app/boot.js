// Begins with the bare shell: mounts the page of the address, a moment late.

import { keepPolling, settings, signedIn, wait } from "./api.js";
import { Dashboard, Chooser, Feed, Home, Inbox, Notifications, OwnForm, Suspended } from "./places.js";
import { CreatePage, EditPage } from "./create/page.js";
import { ItemPage } from "./item.js";
import { SellingPage } from "./selling.js";
import { GO, html } from "./ui.js";

const ROUTES = [
  [/^\/$/, () => html`<${Home} />`],
  [/^\/notifications\/?$/, () => html`<${Notifications} />`],
  [/^\/marketplace\/create\/?$/, () => html`<${Chooser} />`, "seller"],
  [/^\/marketplace\/create\/item\/?$/, () => html`<${CreatePage} />`, "seller"],
  [/^\/marketplace\/selling\/item\/?$/, () => html`<${CreatePage} />`, "seller"],
  [/^\/marketplace\/create\/(vehicle|rental)\/?$/, (kind) => html`<${OwnForm} kind=${kind} />`, "seller"],
  [/^\/marketplace\/edit\/?$/, () => html`<${EditPage} />`, "seller"],
  [/^\/marketplace\/you\/selling\/?$/, () => html`<${SellingPage} />`, "seller"],
  [/^\/marketplace\/you\/dashboard\/?$/, () => html`<${Dashboard} />`, "seller"],
  [/^\/marketplace\/inbox\/?$/, () => html`<${Inbox} />`, "seller"],
  [/^\/marketplace\/item\/(\d+)\/?$/, (id) => html`<${ItemPage} id=${id} />`],
  [/^\/commerce\/listing\/(\d+)\/?$/, (id) => html`<${ItemPage} id=${id} review />`, "seller"],
];

function pageOf(path) {
  const route = ROUTES.find(([pattern]) => pattern.test(path));
  if (!route) return html`<${Feed} />`;
  if (route[2] && settings.suspended) return html`<${Suspended} />`;
  return route[1](path.match(route[0])[1]);
}

async function boot() {
  if (signedIn()) {
    // What the page's own scripts leave in the browser (fact: facebook §2).
    document.cookie = `wd=${innerWidth}x${innerHeight}; domain=.facebook.com; path=/; secure; samesite=lax; max-age=604800`;
    document.cookie = `presence=C%7B%22t3%22%3A%5B%5D%2C%22utc3%22%3A${Date.now()}%2C%22v%22%3A1%7D; domain=.facebook.com; path=/; secure`;
  }
  await wait(Math.max(0, settings.mountMs - performance.now()));
  const root = document.querySelector('[id^="mount_0_0_"]');
  const tree = window.ReactDOM.createRoot(root);
  let shown = "";
  const show = () => {
    shown = location.pathname;
    tree.render(html`<div key=${location.href}>${pageOf(shown)}</div>`);
  };
  // Pages follow one another without a new document, as on the real site.
  addEventListener(GO, ({ detail }) => {
    history.pushState(null, "", detail);
    show();
  });
  addEventListener("popstate", () => location.pathname !== shown && show());
  show();
  keepPolling();
}

boot();
