// Category: a box that opens a dialog with one flat list, and suggestions once a title is typed.

import { has, settings } from "../api.js";
import { Alert, Button, ComboBox, cx, html, keys, useEffect, useRef, useState } from "../ui.js";
import { t } from "../words.js";
import { categoryOf } from "./rules.js";

const SUGGEST_MS = 400;
const SUGGESTED = ["Women's Clothing & Shoes", "Furniture", "Miscellaneous"]; // for whatever title

function Options({ onPick, onClose }) {
  const box = useRef(null);
  useEffect(() => {
    const onDown = (event) => {
      if (!box.current.contains(event.target)) onClose();
    };
    document.addEventListener("pointerdown", onDown);
    return () => document.removeEventListener("pointerdown", onDown);
  }, []);
  const headings = [...new Set(settings.categories.map((one) => one.heading))];
  return window.ReactDOM.createPortal(
    html`<div ref=${box} role="dialog" aria-label=${t("Dropdown menu")} className=${cx("drop")}>
      ${headings.map(
        (heading) => html`<div key=${heading}>
          <h3>${heading}</h3>
          ${settings.categories
            .filter((one) => one.heading === heading)
            .map(
              (one, n) => html`<div key=${one.id} role="button" tabIndex="0" className=${cx("option")} onClick=${() => onPick(one)} onKeyDown=${keys(() => onPick(one))}>
                <span>${t(one.name)}</span>${has("delivery_note") && n % 2 === 0 && html`<span className=${cx("small")}>Delivery available</span>`}
              </div>`,
            )}
        </div>`,
      )}
    </div>`,
    document.body,
  );
}

export function Category({ form, set, error }) {
  const [open, setOpen] = useState(false);
  const [pills, setPills] = useState(false);
  const chosen = categoryOf(form.categoryId);
  const typed = form.title.trim() !== "";
  useEffect(() => {
    if (!typed || has("no_pills")) return undefined;
    const timer = setTimeout(() => setPills(true), SUGGEST_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const pick = (category) => {
    setOpen(false);
    if (category.ownForm) location.assign(`/marketplace/create/${category.ownForm}`);
    else set({ categoryId: category.id, attributes: {} });
  };
  return html`
    <${ComboBox} name="Category" shown=${chosen && t(chosen.name)} open=${open} onOpen=${() => setOpen(!open)} popup="dialog" required>
      ${open && html`<${Options} onPick=${pick} onClose=${() => setOpen(false)} />`}
      ${pills &&
      !chosen &&
      html`<div className=${cx("row")}>
        ${SUGGESTED.map((name) => html`<${Button} key=${name} label=${name} onPress=${() => pick(settings.categories.find((one) => one.name === name))} />`)}
      </div>`}
      ${error && html`<${Alert}>${error}<//>`}
    <//>
  `;
}
