// The item page, public; while in review only the seller sees it, at /commerce/listing/<id>/.

import { call, settings, signedIn } from "./api.js";
import { Feed } from "./places.js";
import { Dialog, Page, cx, html, money, useEffect, useState } from "./ui.js";
import { t } from "./words.js";

export function ItemPage({ id, review = false }) {
  const [item, setItem] = useState(undefined);
  const [asked, setAsked] = useState(!signedIn());
  useEffect(() => {
    call("MarketplaceProductDetailsQuery", { id, review }).then((data) => setItem(data.item), () => setItem(null));
  }, [id]);
  if (item === undefined) return null;
  if (item === null) return html`<${Feed} />`;
  const rows = [["Condition", t(settings.conditions[item.condition])], ...Object.entries(item.attributes).map(([name, all]) => [name, all.join(", ")])];
  return html`<${Page}>
    <div className=${cx("split")}>
      <div className=${cx("photos")}>
        ${item.photos.map((photo, number) => html`<img key=${photo.id} src=${photo.url} alt=${number ? `Photo ${number + 1} of ${item.title}` : `Product photo of ${item.title}`} />`)}
      </div>
      <div>
        <h1>${item.title}</h1>
        <div className=${cx("price")}>${money(item.dollars)}</div>
        ${item.status === "sold" && html`<div className=${cx("small")}>Sold</div>`}
        ${item.status === "pending_review" && html`<div className=${cx("small")}>Your listing is being reviewed. All listings go through a standard review.</div>`}
        <div className=${cx("small")}>Listed in ${item.location}</div>
        ${item.own && html`<a href=${`/marketplace/edit/?listing_id=${item.id}`} aria-label="Edit listing" className=${cx("wide")}>Edit listing</a>`}
        <h2>Details</h2>
        <ul className=${cx("facts")}>${rows.map(([name, value]) => html`<li key=${name}><span>${name}</span><span>${value}</span></li>`)}</ul>
        <div className=${cx("words")}>${item.description}</div>
        <h2>Seller information</h2>
        <span>${item.seller}</span>
      </div>
    </div>
    ${asked &&
    html`<${Dialog} title="See more on Facebook" onClose=${() => setAsked(false)}>
      <form action="/login/" method="post">
        <input type="hidden" name="next" value=${location.pathname} />
        <input type="text" name="email" placeholder="Email or phone number" aria-label="Email or phone number" className=${cx("line")} />
        <input type="password" name="pass" placeholder="Password" aria-label="Password" className=${cx("line")} />
        <button type="submit" name="login" className=${cx("blue")}>Log in</button>
      </form>
    <//>`}
  <//>`;
}
