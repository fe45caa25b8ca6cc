// The pages after the first: delivery (three-step form) and audience.

import { has, settings } from "../api.js";
import { Alert, ListBox, Switch, Tick, cx, html } from "../ui.js";
import { LIMITS } from "./rules.js";

const listOf = (texts) => Object.entries(texts).map(([value, text]) => ({ value, text }));

export function Delivery({ form, set }) {
  const change = (changes) => set((now) => ({ delivery: { ...now.delivery, ...changes } }));
  const { method, weight, carrier, label } = form.delivery;
  return html`
    <h2>Delivery</h2>
    <${ListBox} name="Delivery method" value=${method} options=${listOf(settings.delivery)} onPick=${(value) => change({ method: value })} required />
    ${method !== "" &&
    method !== "pickup" &&
    html`
      <${ListBox} name="Package weight" value=${weight} onPick=${(value) => change({ weight: value })} required
        options=${settings.weights.map((text) => ({ value: text, text }))} />
      <${ListBox} name="Shipping carrier" value=${carrier} onPick=${(value) => change({ carrier: value })} required
        options=${settings.carriers.map((text) => ({ value: text, text }))} />
      <${ListBox} name="Shipping label" value=${label} options=${listOf(settings.labels)} onPick=${(value) => change({ label: value })} required />
    `}
  `;
}

export function Audience({ form, set }) {
  const flip = (id) => (on) => {
    if (on && form.groups.length >= LIMITS.groups) return;
    set({ groups: on ? [...form.groups, id] : form.groups.filter((one) => one !== id) });
  };
  return html`
    ${has("new_account_limit") &&
    html`<${Alert}>You can't create listings right now. You've reached the daily limit for new accounts.<//>`}
    <h2>List in more places</h2>
    <div className=${cx("small")}>Marketplace listings are public and can be seen by anyone on or off Facebook.</div>
    <div className=${cx("small")}>Groups ${form.groups.length}/${LIMITS.groups}</div>
    ${Object.entries(settings.groups).map(
      ([id, name]) => html`<${Tick} key=${id} label=${name} hint="Public group" on=${form.groups.includes(id)} onChange=${flip(id)} />`,
    )}
    ${has("three_step") &&
    html`<${Switch} label="Allow offers" on=${form.delivery.offers}
      onChange=${(offers) => set((now) => ({ delivery: { ...now.delivery, offers } }))} />`}
    <div className=${cx("small")}>All listings go through a quick standard review before they are published to make sure they follow our Commerce Policies.</div>
  `;
}
