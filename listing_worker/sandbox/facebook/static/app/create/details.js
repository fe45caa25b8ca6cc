// The first page of the form, in page order; also the edit page.

import { has, settings } from "../api.js";
import { ListBox, cx, html, keys, useState } from "../ui.js";
import { t } from "../words.js";
import { Category } from "./category.js";
import { Attributes, Condition, Description, Meetup, Place, Price, Switches, Tags, TextField } from "./fields.js";
import { Photos } from "./photos.js";
import { LIMITS, MOBILE, categoryOf } from "./rules.js";

export function Details({ form, set, problems }) {
  const [open, setOpen] = useState(false);
  const category = categoryOf(form.categoryId);
  const common = { form, set };
  const flip = () => setOpen(!open);
  const where = html`
    <${Place} ...${common} error=${problems.place} />
    <${Meetup} ...${common} />
  `;
  return html`
    <${Photos} ...${common} error=${problems.photos} />
    <${TextField} name="Title" value=${form.title} limit=${MOBILE ? LIMITS.title : undefined} error=${problems.title} onChange=${(title) => set({ title })} />
    <${Price} ...${common} error=${problems.price} />
    <${Category} ...${common} error=${problems.category} />
    ${(!MOBILE || category) && html`<${Condition} ...${common} error=${problems.condition} />`}
    <div role="button" tabIndex="0" aria-expanded=${open ? "true" : "false"} className=${cx("fold")} onClick=${flip} onKeyDown=${keys(flip)}>
      <span className=${cx("label")}>${t("More details")}</span>
      <span className=${cx("small")}>Attract more interest by including more details.</span>
    </div>
    ${open &&
    html`
      <${Description} ...${common} error=${problems.description} />
      <${Attributes} ...${common} attributes=${category ? category.attributes : []} problems=${problems} />
      <${ListBox} name="Availability" value=${form.availability} onPick=${(availability) => set({ availability })}
        options=${Object.entries(settings.availability).map(([value, text]) => ({ value, text }))} />
      <${Tags} ...${common} />
      <${TextField} name="SKU" value=${form.sku} onChange=${(sku) => set({ sku })} hint="Optional. Only visible to you." />
      ${has("folded_place") && where}
    `}
    ${!has("folded_place") && where}
    <${Switches} ...${common} />
  `;
}
