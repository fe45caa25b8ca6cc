// What all pages share: hashed class names, buttons that are divs, dialogs, listboxes, the page's frame.

import { has, settings, signedIn } from "./api.js";
import { t } from "./words.js";

const { createElement, useEffect, useRef, useState } = window.React;
export { useEffect, useRef, useState };
export const html = window.htm.bind(createElement);
const portal = (node) => window.ReactDOM.createPortal(node, document.body);

// The same sum as Look.name in pages.py: "card" → "x1k3f9", another one after each start of the sandbox.
function hashed(word) {
  let number = 5381;
  for (const character of `${settings.salt}:${word}`) number = (number * 33 + character.charCodeAt(0)) >>> 0;
  return `x${number.toString(36)}`;
}

// The first names carry the look, the others mean nothing, as on the real page.
const made = new Map();
export function cx(...words) {
  const key = words.filter(Boolean).join(" ");
  if (!made.has(key)) {
    const filler = [1, 2, 3].map((number) => hashed(`${key}${number}`));
    made.set(key, [...key.split(" ").map(hashed), ...filler].join(" "));
  }
  return made.get(key);
}

// Ids count on from another number on each load.
let count = Math.floor(Math.random() * 600) + 40;
export function useUid() {
  const id = useRef("");
  if (!id.current) {
    count += 1;
    id.current = `:r${count.toString(32)}:`;
  }
  return id.current;
}

export const GO = "page:go"; // heard in boot.js
export const go = (address) => dispatchEvent(new CustomEvent(GO, { detail: address }));

export const money = (dollars) => (dollars === 0 ? "Free" : `$${Number(dollars).toLocaleString("en-US")}`);

// Enter and Space do what a click does, as a button owes it.
export const keys = (act) => (event) => {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    act(event);
  }
};

export function Button({ label, look = "plain", disabled, onPress, children, ...rest }) {
  const act = (event) => (disabled ? undefined : onPress(event));
  return html`<div
    role="button" tabIndex=${disabled ? -1 : 0} aria-label=${label} aria-disabled=${disabled ? "true" : undefined}
    className=${cx(look, disabled && "off")} onClick=${act} onKeyDown=${keys(act)} ...${rest}
  ><span className=${cx("text")}>${children || label}</span></div>`;
}

export function Dialog({ label, title, onClose, children }) {
  const names = label ? { "aria-label": label } : {};
  return portal(html`
    <div className=${cx("veil")}>
      <div role="dialog" ...${names} className=${cx("box")}>
        <div className=${cx("head")}>
          <h2>${title || label}</h2>
          ${onClose && html`<div role="button" tabIndex="0" aria-label="Close" className=${cx("round")} onClick=${onClose} onKeyDown=${keys(onClose)}>✕</div>`}
        </div>
        ${children}
      </div>
    </div>
  `);
}

// A box that opens a list: `label[role=combobox]`. It wants the whole pointer sequence, a lone click() does nothing.
export function ComboBox({ name, shown, open, onOpen, popup, required, children }) {
  const pressed = useRef(false);
  const names = has("no_names") ? {} : { "aria-label": t(name) };
  const press = () => {
    if (pressed.current) onOpen();
    pressed.current = false;
  };
  return html`
    <div className=${cx("field")}>
      <label
        role="combobox" tabIndex="0" aria-haspopup=${popup} aria-expanded=${open ? "true" : "false"} ...${names}
        className=${cx("combo", open && "lit")} onPointerDown=${() => (pressed.current = true)} onClick=${press} onKeyDown=${keys(onOpen)}
      >
        <span className=${cx("label")}>${t(name)}</span>
        <div className=${cx("value")}>${shown || ""}</div>
        ${required && !shown && html`<span className=${cx("small")} aria-hidden="true">⌄</span>`}
      </label>
      ${children}
    </div>
  `;
}

// A short list of options under the box. Escape does not close it (fact: facebook §3); a press elsewhere does.
export function ListBox({ name, value, options, onPick, required }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const onDown = (event) => {
      if (!box.current.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", onDown);
    return () => document.removeEventListener("pointerdown", onDown);
  }, [open]);
  const chosen = options.find((option) => option.value === value);
  const pick = (option) => {
    setOpen(false);
    onPick(option.value);
  };
  return html`
    <div ref=${box}>
      <${ComboBox} name=${name} shown=${chosen && chosen.text} open=${open} onOpen=${() => setOpen(!open)} popup="listbox" required=${required}>
        ${open &&
        html`<div role="listbox" className=${cx("list")}>
          ${options.map(
            (option) => html`<div
              key=${option.value} role="option" tabIndex="0" aria-selected=${option.value === value ? "true" : "false"}
              className=${cx("option")} onClick=${() => pick(option)} onKeyDown=${keys(() => pick(option))}
            ><span>${option.text}</span></div>`,
          )}
        </div>`}
      <//>
    </div>
  `;
}

export function Switch({ label, on, onChange }) {
  const id = useUid();
  return html`<div className=${cx("row")}>
    <span>${label}</span>
    <input type="checkbox" role="switch" id=${id} aria-label=${label} aria-checked=${on ? "true" : "false"} checked=${on} className=${cx("toggle")}
      onChange=${(event) => onChange(event.target.checked)} />
  </div>`;
}

export function Tick({ label, on, onChange, hint }) {
  const flip = () => onChange(!on);
  return html`<div role="checkbox" tabIndex="0" aria-checked=${on ? "true" : "false"} aria-label=${label} className=${cx("row", "tick")}
    onClick=${flip} onKeyDown=${keys(flip)}>
    <span><b>${label}</b>${hint && html`<small>${hint}</small>`}</span><i className=${cx("mark", on && "lit")}></i>
  </div>`;
}

export function Alert({ children }) {
  return html`<div role="alert" className=${cx("bad")}>${children}</div>`;
}

function Interruption() {
  const [open, setOpen] = useState(settings.modal);
  if (!open) return null;
  const close = () => setOpen(false);
  return html`<${Dialog} title="Stay safe on Marketplace" onClose=${close}>
    <p>Meet in a public place and never share your codes.</p>
    <div className=${cx("foot")}><${Button} label="Close" onPress=${close} /></div>
  <//>`;
}

function Cookies() {
  const [open, setOpen] = useState(settings.cookieBanner);
  if (!open) return null;
  const close = () => setOpen(false);
  return html`<${Dialog} label="Allow the use of cookies from Facebook on this browser?">
    <p>We use cookies to provide and improve content.</p>
    <div className=${cx("foot")}>
      <${Button} label="Decline optional cookies" onPress=${close} />
      <${Button} label="Allow all cookies" look="blue" onPress=${close} />
    </div>
  <//>`;
}

function Banner() {
  const [open, setOpen] = useState(false);
  return html`
    <div role="banner" className=${cx("bar")}>
      <a href="/" aria-label="Facebook" className=${cx("logo")}>f</a>
      <input type="search" placeholder="Search Facebook" aria-label="Search Facebook" className=${cx("search")} />
      <a href="/marketplace/" aria-label="Marketplace" className=${cx("link")}>Marketplace</a>
      <a href="/notifications/" aria-label="Notifications" className=${cx("link")}>Notifications</a>
      ${signedIn()
        ? html`<div className=${cx("holder")}>
            <div role="button" tabIndex="0" aria-label=${t("Account")} aria-expanded=${open ? "true" : "false"} className=${cx("round")}
              onClick=${() => setOpen(!open)} onKeyDown=${keys(() => setOpen(!open))}>
              <svg aria-label=${t("Your profile")} role="img" width="28" height="28" viewBox="0 0 28 28"><circle cx="14" cy="14" r="13" fill="#8aa" /></svg>
            </div>
            ${open &&
            html`<form method="post" action="/logout.php" className=${cx("menu")}>
              <div role="button" tabIndex="0" className=${cx("option")} onClick=${(event) => event.target.closest("form").submit()}>Log out</div>
            </form>`}
          </div>`
        : html`<a href="/login/" className=${cx("link")}>Log in</a>`}
    </div>
  `;
}

// The frame of every Marketplace page; its sidebar leads to the form (fact: facebook §1).
export function Page({ children, sidebar = true }) {
  return html`
    <${Banner} />
    <div className=${cx("columns")}>
      ${sidebar &&
      html`<div role="navigation" aria-label="Marketplace sidebar" className=${cx("side")}>
        <h2>Marketplace</h2>
        <a href="/marketplace/create" aria-label="Create new listing" className=${cx("wide")}>Create new listing</a>
        <a href="/marketplace/you/dashboard" className=${cx("link")}>Seller dashboard</a>
        <a href="/marketplace/you/selling" className=${cx("link")}>Your listings</a>
        <a href="/marketplace/inbox/" className=${cx("link")}>Inbox</a>
        <a href="/help/marketplace/" className=${cx("link")}>Why was my account restricted?</a>
      </div>`}
      <div role="main" className=${cx("main")}>${children}</div>
    </div>
    <${Interruption} />
    <${Cookies} />
  `;
}
