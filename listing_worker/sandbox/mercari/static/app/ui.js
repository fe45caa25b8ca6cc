// What all pages share: the html tag, CSS-in-JS-like class names, dialogs, listboxes, toasts, the header.

import { logOut, settings, signedIn, user } from "./api.js";

const { createElement, useEffect, useId, useRef, useState } = window.React;
export { useEffect, useId, useRef, useState };
export const { useCallback, useMemo } = window.React;
export const html = window.htm.bind(createElement);
const portal = (node) => window.ReactDOM.createPortal(node, document.body);

// "SellForm__Row" → "SellForm__Row-sc-9f3a01c2-0 hQzXwe": readable start, meaningless rest, as styled-components makes them.
const made = new Map();
export function sc(name, ...more) {
  if (!made.has(name)) {
    let hash = 5381;
    for (const character of name) hash = (hash * 33 + character.charCodeAt(0)) >>> 0;
    const letters = Array.from({ length: 6 }, (_, n) => String.fromCharCode(97 + ((hash >>> (n * 4)) % 26))).join("");
    made.set(name, `${name}-sc-${hash.toString(16)}-${name.length % 9} ${letters}`);
  }
  return [made.get(name), ...more.filter(Boolean)].join(" ");
}

export const dollars = (cents) =>
  `$${(cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;

export function Button({ kind = "Primary", ...rest }) {
  return html`<button type="button" className=${sc(`Button__${kind}`)} ...${rest} />`;
}

export function Dialog({ title, onClose, children, wide }) {
  const id = useId();
  useEffect(() => {
    const onKey = (event) => event.key === "Escape" && onClose && onClose();
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onClose]);
  return portal(html`
    <div className=${sc("Modal__Overlay")}>
      <div role="dialog" aria-modal="true" aria-labelledby=${id} className=${sc("Modal__Box", wide && "wide")}>
        <div className=${sc("Modal__Head")}>
          <h2 id=${id} className=${sc("Modal__Title")}>${title}</h2>
          ${onClose && html`<button type="button" aria-label="Close" className=${sc("Modal__Close")} onClick=${onClose}>✕</button>`}
        </div>
        ${children}
      </div>
    </div>
  `);
}

// A list of our own making: the trigger is a div, the options exist only while it is open.
export function Listbox({ testId, id, listId, listTestId, label, placeholder, options, value, onPick, optionTestId }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  const chosen = options.find((option) => option.value === value);
  useEffect(() => {
    if (!open) return undefined;
    const onDown = (event) => box.current && !box.current.contains(event.target) && setOpen(false);
    document.addEventListener("mousedown", onDown);
    return () => document.removeEventListener("mousedown", onDown);
  }, [open]);
  const onKeyDown = (event) => {
    if (event.key === "Enter" || event.key === " ") setOpen(!open);
    else if (event.key === "Escape") setOpen(false);
    else return;
    event.preventDefault();
  };
  const pick = (option) => {
    setOpen(false);
    onPick(option);
  };
  return html`
    <div ref=${box} className=${sc("Select__Wrapper")}>
      <div
        role="button" tabIndex="0" id=${id} data-testid=${testId} aria-label=${label} aria-haspopup="listbox"
        aria-expanded=${open} className=${sc("Select__Trigger", !chosen && "empty")}
        onClick=${() => setOpen(!open)} onKeyDown=${onKeyDown}
      >${chosen ? chosen.text : placeholder}</div>
      ${open &&
      html`<ul role="listbox" id=${listId} data-testid=${listTestId} aria-label=${label} className=${sc("Select__List")}>
        ${options.map(
          (option) => html`<li
            key=${option.value} role="option" data-testid=${option.testId || optionTestId}
            aria-selected=${option.value === value} className=${sc("Select__Option")} onClick=${() => pick(option)}
          >${option.optionText || option.text}</li>`,
        )}
      </ul>`}
    </div>
  `;
}

let showToast = () => undefined;
export const toast = (text) => showToast(text);

export function Toasts() {
  const [text, setText] = useState("");
  useEffect(() => {
    showToast = setText;
  }, []);
  useEffect(() => {
    if (!text) return undefined;
    const timer = setTimeout(() => setText(""), 4000);
    return () => clearTimeout(timer);
  }, [text]);
  return text ? portal(html`<div role="status" className=${sc("Toast__Box")}>${text}</div>`) : null;
}

function UserMenu() {
  const [open, setOpen] = useState(false);
  return html`
    <div className=${sc("Header__User")}>
      <button
        type="button" data-testid="UserMenuButton" aria-haspopup="menu" aria-expanded=${open}
        className=${sc("Header__Avatar")} onClick=${() => setOpen(!open)}
      >${user().nickname.slice(0, 1).toUpperCase()}</button>
      ${open &&
      html`<div role="menu" className=${sc("Header__Menu")}>
        <a role="menuitem" href="/mypage/">My page</a>
        <a role="menuitem" href="/mypage/listings/active/">My listings</a>
        <button role="menuitem" type="button" data-testid="LogoutButton" onClick=${logOut}>Log out</button>
      </div>`}
    </div>
  `;
}

export function Header() {
  return html`
    <header className=${sc("Header__Bar")}>
      <a href="/" className=${sc("Header__Name")}>mercari</a>
      <form role="search" action="/search/" className=${sc("Header__Search")}>
        <input type="search" name="keyword" placeholder="Search for anything" aria-label="Search" />
      </form>
      ${signedIn()
        ? html`<a href="/mypage/" className=${sc("Header__Link")}>My page</a><${UserMenu} />`
        : html`<a href="/login/" className=${sc("Header__Link")}>Log in</a><a href="/signup/" className=${sc("Header__Link")}>Sign up</a>`}
      <a href="/sell/" className=${sc("Header__Sell")}>Sell</a>
    </header>
  `;
}

function CookieBanner() {
  const [open, setOpen] = useState(settings.cookieBanner);
  if (!open) return null;
  return html`
    <div role="region" aria-label="Cookie notice" id="onetrust-banner-sdk" className=${sc("Cookie__Banner")}>
      <p>We use cookies to make the marketplace work and to understand how it is used.</p>
      <button type="button" id="onetrust-reject-all-handler" onClick=${() => setOpen(false)}>Reject all</button>
      <button type="button" id="onetrust-accept-btn-handler" onClick=${() => setOpen(false)}>Accept all cookies</button>
    </div>
  `;
}

// Its links name words that a careless scan takes for an interruption (fact: mercari §7).
export function Page({ children }) {
  return html`
    <${Header} />
    <main className=${sc("Layout__Main")}>${children}</main>
    <footer className=${sc("Footer__Bar")}>
      <a href="/help_center/">Help center</a>
      <a href="/help_center/suspended/">Why was my account suspended?</a>
      <a href="/help_center/verify/">How to verify your identity</a>
      <span>© Replica for tests. Not affiliated with Mercari.</span>
    </footer>
    <${CookieBanner} />
    <${Toasts} />
  `;
}
