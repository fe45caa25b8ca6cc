// The item page, public; the seller also gets Edit.

import { fetchQuery, user } from "./api.js";
import { NotFound } from "./account.js";
import { Page, dollars, html, sc, useEffect, useState } from "./ui.js";

const RIBBONS = { stop: "INACTIVE", sold_out: "SOLD OUT" };

// "M (8-10) | Used - Good | Free People"
function summaryOf(item) {
  const used = Number(item.itemCondition.id) >= 3 ? `Used - ${item.itemCondition.name}` : item.itemCondition.name;
  return [item.itemSize && item.itemSize.name, used, item.brand && item.brand.name].filter(Boolean).join(" | ");
}

function Options({ id }) {
  const [open, setOpen] = useState(false);
  return html`
    <button type="button" data-testid="MoreItemOptions" aria-label="More options" aria-haspopup="menu" className=${sc("Button__Text")} onClick=${() => setOpen(!open)}>⋯</button>
    ${open && html`<div role="menu" className=${sc("Item__Menu")}><a role="menuitem" href=${`/sell/?similar=${id}`}>Sell similar item</a></div>`}
  `;
}

export function ItemPage({ id }) {
  const [item, setItem] = useState(undefined);
  useEffect(() => {
    fetchQuery("productQuery", { input: { id } }).then((data) => setItem(data.item), () => setItem(null));
  }, [id]);
  if (item === undefined) return null;
  if (item === null) return html`<${NotFound} />`;
  return html`
    <${Page}>
      <nav aria-label="Breadcrumb" className=${sc("Item__Crumbs")}>
        ${item.itemCategoryHierarchy.map((name) => html`<a key=${name} href=${`/search/?keyword=${encodeURIComponent(name)}`}>${name}</a>`)}
      </nav>
      <article className=${sc("Item__Layout")}>
        <div className=${sc("Item__Photos")}>
          ${RIBBONS[item.status] && html`<div data-testid="ItemDetailsRibbon" className=${sc("Item__Ribbon")}>${RIBBONS[item.status]}</div>`}
          ${item.photos.map(
            (photo, n) => html`<div key=${photo.imageUrl} data-testid="ProductSquareImage" className=${sc("Item__Square")}>
              <img src=${photo.imageUrl} alt=${`${item.name} ${n + 1}`} />
            </div>`,
          )}
        </div>
        <div className=${sc("Item__Facts")}>
          <h1>${item.name}</h1>
          <p data-testid="ItemPrice" className=${sc("Item__Price")}>${dollars(item.price)}</p>
          <p>${summaryOf(item)}</p>
          ${item.underReview && html`<p role="status" data-testid="ItemReviewStatus">This listing is under review</p>`}
          ${item.isOwner
            ? html`<div className=${sc("Item__Own")}>
                <a data-testid="EditListing" className=${sc("Button__Secondary")} href=${`/sell/edit/${item.id}/`}>Edit</a>
                <${Options} id=${item.id} />
              </div>`
            : html`<button type="button" className=${sc("Button__Primary")}>Buy now</button>`}
          <h2>Description</h2>
          <p data-testid="ItemDescription" className=${sc("Item__Text")}>${item.description}</p>
          <h2>Details</h2>
          <dl className=${sc("Item__Table")}>
            <dt>Condition</dt><dd data-testid="ItemCondition">${item.itemCondition.name}</dd>
            <dt>Category</dt><dd>${item.itemCategoryHierarchy.join(", ")}</dd>
            <dt>Shipping</dt><dd>${item.shippingPayer.name === "seller" ? "Free shipping" : "Buyer pays"} from ${item.zipCode}</dd>
            <dt>Posted</dt><dd>${new Date(item.created * 1000).toLocaleDateString("en-US")}</dd>
          </dl>
          <p>Sold by <a href="/u/" data-testid="SellerName">${item.sellerName}</a>${user().nickname === item.sellerName && " (you)"}</p>
        </div>
      </article>
    <//>
  `;
}
