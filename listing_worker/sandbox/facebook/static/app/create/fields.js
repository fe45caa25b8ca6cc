// The other fields of the first page, one component each.

import { call, has, settings } from "../api.js";
import { Alert, ListBox, Switch, cx, html, keys, useEffect, useRef, useState, useUid } from "../ui.js";
import { t } from "../words.js";
import { LIMITS, MOBILE, digitsOf, shownPrice } from "./rules.js";

const PLACE_WAIT_MS = 300;

export function TextField({ name, value, onChange, limit, error, hint, onKeyDown, onBlur }) {
  const id = useUid();
  return html`
    <div className=${cx("field")}>
      <label className=${cx("combo")}>
        <span className=${cx("label")}>${t(name)}</span>
        <input type="text" id=${id} dir="ltr" autoComplete="off" maxLength=${limit} className=${cx("bare")} value=${value}
          onChange=${(event) => onChange(event.target.value)} onKeyDown=${onKeyDown} onBlur=${onBlur} />
      </label>
      ${hint && html`<div className=${cx("small")}>${hint}</div>`}
      ${error && html`<${Alert}>${error}<//>`}
    </div>
  `;
}

export function Price({ form, set, error }) {
  return html`<${TextField} name="Price" value=${shownPrice(form.price)} limit=${MOBILE ? LIMITS.price : undefined} error=${error}
    onChange=${(text) => set({ price: digitsOf(text) })} />`;
}

export function Condition({ form, set, error }) {
  const options = Object.entries(settings.conditions).map(([value, text]) => ({ value, text: t(text) }));
  return html`<div>
    <${ListBox} name="Condition" value=${form.condition} options=${options} onPick=${(condition) => set({ condition })} required />
    ${error && html`<${Alert}>${error}<//>`}
  </div>`;
}

export function Description({ form, set, error }) {
  const id = useUid();
  const area = html`<textarea id=${id} rows="4" maxLength=${MOBILE ? LIMITS.description : undefined} className=${cx("bare")} value=${form.description}
    onChange=${(event) => set({ description: event.target.value })}></textarea>`;
  const name = html`<span className=${cx("label")}>${t("Description")}</span>`;
  return html`<div className=${cx("field")}>
    ${has("no_names") ? html`<div className=${cx("combo")}>${name}${area}</div>` : html`<label className=${cx("combo")}>${name}${area}</label>`}
    ${error && html`<${Alert}>${error}<//>`}
  </div>`;
}

// What the category adds: text fields and short lists.
export function Attributes({ form, set, attributes, problems }) {
  const change = (name) => (value) => set((now) => ({ attributes: { ...now.attributes, [name]: value } }));
  return attributes.map(({ name, options }) =>
    options.length
      ? html`<${ListBox} key=${name} name=${name} value=${form.attributes[name]} onPick=${change(name)}
          options=${options.map((text) => ({ value: text, text }))} />`
      : html`<${TextField} key=${name} name=${name} value=${form.attributes[name] || ""} onChange=${change(name)} error=${problems[name]} />`,
  );
}

export function Tags({ form, set }) {
  const [text, setText] = useState("");
  const add = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const tag = text.trim().replace(/^#/, "");
    if (tag && form.tags.length < LIMITS.tags && !form.tags.includes(tag)) set({ tags: [...form.tags, tag] });
    setText("");
  };
  return html`
    <${TextField} name="Product tags" value=${text} onChange=${setText} onKeyDown=${add} hint="Optional. Limit: 20" />
    <div className=${cx("row")}>
      ${form.tags.map(
        (tag) => html`<div key=${tag} role="button" tabIndex="0" aria-label=${`Remove ${tag}`} className=${cx("plain")}
          onClick=${() => set({ tags: form.tags.filter((one) => one !== tag) })}><span>${tag}</span> ✕</div>`,
      )}
    </div>
  `;
}

// Typed text alone is no value: what is not picked from the list goes back to what was there.
export function Place({ form, set, error }) {
  const [text, setText] = useState(form.place);
  const [found, setFound] = useState([]);
  const asked = useRef(0);
  useEffect(() => setText(form.place), [form.place]);
  const type = (typed) => {
    setText(typed);
    asked.current += 1;
    const number = asked.current;
    setTimeout(async () => {
      if (number !== asked.current) return;
      const data = await call("CometMarketplacePlaceSearchQuery", { query: typed }).catch(() => ({ places: [] }));
      if (number === asked.current) setFound(data.places);
    }, PLACE_WAIT_MS);
  };
  const pick = (place) => {
    asked.current += 1;
    setFound([]);
    setText(place);
    set({ place });
  };
  const leave = () => {
    asked.current += 1;
    setFound([]);
    setText(form.place);
  };
  return html`
    <div className=${cx("field")}>
      <label className=${cx("combo")}>
        <span className=${cx("label")}>${t("Location")}</span>
        <input type="text" role="combobox" aria-label=${t("Location")} aria-autocomplete="list" aria-expanded=${found.length > 0 ? "true" : "false"}
          autoComplete="off" className=${cx("bare")} value=${text} onChange=${(event) => type(event.target.value)} onBlur=${leave} />
      </label>
      ${found.length > 0 &&
      html`<ul role="listbox" className=${cx("list")}>
        ${found.map(
          (place) => html`<li key=${place} role="option" aria-selected="false" className=${cx("option")}
            onMouseDown=${(event) => event.preventDefault()} onClick=${() => pick(place)}><span>${place}</span></li>`,
        )}
      </ul>`}
      ${error && html`<${Alert}>${error}<//>`}
    </div>
  `;
}

export function Meetup({ form, set }) {
  const flip = (name) => () =>
    set((now) => ({ meetup: now.meetup.includes(name) ? now.meetup.filter((one) => one !== name) : [...now.meetup, name] }));
  return html`<div className=${cx("field")}>
    <div className=${cx("label")}>Meetup preferences</div>
    ${settings.meetups.map(
      (name) => html`<div key=${name} role="checkbox" tabIndex="0" aria-checked=${form.meetup.includes(name) ? "true" : "false"} className=${cx("row", "tick")}
        onClick=${flip(name)} onKeyDown=${keys(flip(name))}><span>${name}</span><i className=${cx("mark", form.meetup.includes(name) && "lit")}></i></div>`,
    )}
  </div>`;
}

export function Switches({ form, set }) {
  const boost = has("promote_label") ? "Promote listing after publish" : "Boost listing after publish";
  const method = form.delivery.method;
  return html`
    ${MOBILE &&
    html`<${Switch} label="Offer shipping" on=${method !== "pickup"}
        onChange=${(on) => set({ delivery: { ...form.delivery, method: on ? "shipping_and_pickup" : "pickup" } })} />
      <${Switch} label="Turn on commenting" on=${form.commenting} onChange=${(commenting) => set({ commenting })} />`}
    <${Switch} label=${boost} on=${form.boost} onChange=${(on) => set({ boost: on })} />
    <${Switch} label="Hide from friends" on=${form.hidden} onChange=${(hidden) => set({ hidden })} />
  `;
}
