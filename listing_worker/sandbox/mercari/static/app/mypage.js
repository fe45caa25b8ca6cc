// The seller's own pages: My page and the lists active, inactive, complete, drafts.

import { call, fetchQuery, settings, user } from "./api.js";
import { Button, Dialog, Page, dollars, html, sc, toast, useEffect, useState } from "./ui.js";

const LISTS = { active: "on_sale", inactive: "stop", complete: "sold_out", drafts: "draft" };

export function MyPage() {
  return html`
    <${Page}>
      <h1 data-testid="UserName">${user().nickname}</h1>
      <nav className=${sc("Tabs__Row")}><a href="/mypage/listings/active/">My listings</a><a href="/sell/">Sell</a></nav>
    <//>
  `;
}

function PriceInput({ item }) {
  const start = (item.price / 100).toFixed(2);
  const [text, setText] = useState(start);
  const save = async () => {
    const cents = Math.round(Number(text) * 100);
    if (cents === item.price) return;
    try {
      await call("editListing", { id: item.id, price: cents });
      item.price = cents;
      setText((cents / 100).toFixed(2));
      toast("Price updated");
    } catch (failure) {
      toast(failure.message);
      setText((item.price / 100).toFixed(2));
    }
  };
  return html`<div className=${sc("Input__Money")}>
    <span aria-hidden="true">$</span>
    <input
      type="text" inputMode="decimal" placeholder="0.00" aria-label=${`Price of ${item.name}`} className=${sc("Input__Short")} value=${text}
      onChange=${(event) => setText(event.target.value.replace(/[^\d.]/g, ""))} onBlur=${save}
      onKeyDown=${(event) => event.key === "Enter" && event.target.blur()}
    />
  </div>`;
}

function Card({ item, status, ticked, onTick }) {
  const href = status === "drafts" ? `/sell/draft/${item.id}/` : `/us/item/${item.id}/`;
  const cover = item.photos[0];
  return html`
    <li data-testid="item-card" className=${sc("ListingCard__Row")}>
      ${status !== "complete" &&
      html`<input type="checkbox" data-testid="ListingItemCheckbox" aria-label=${`Select ${item.name}`} checked=${ticked} onChange=${onTick} />`}
      <a data-testid="ProductThumbWrapper" href=${href} aria-label=${item.name} className=${sc("ListingCard__Thumb")}>
        ${cover && html`<img src=${cover.imageUrl} alt="" />`}
      </a>
      <a data-testid="ItemLink" href=${href} className=${sc("ListingCard__Title")}>${item.name}</a>
      ${item.underReview && html`<span className=${sc("ListingCard__Badge")}>Under review</span>`}
      <span className=${sc("ListingCard__Date")}>${new Date(item.created * 1000).toLocaleDateString("en-US")}</span>
      ${status === "active" ? html`<${PriceInput} item=${item} />` : html`<span>${dollars(item.price || 0)}</span>`}
    </li>
  `;
}

// Deactivate (from active) or delete what is ticked.
function Bulk({ count, canDeactivate, onDo }) {
  const [asked, setAsked] = useState("");
  const act = () => {
    setAsked("");
    onDo(asked === "Deactivate" ? "stop" : "cancel");
  };
  return html`
    <div data-testid="BulkActions" className=${sc("BulkBar__Bar")}>
      <span>${count} item${count === 1 ? "" : "s"} selected</span>
      ${canDeactivate && html`<${Button} kind="Secondary" onClick=${() => setAsked("Deactivate")}>Deactivate<//>`}
      <${Button} kind="Secondary" onClick=${() => setAsked("Delete")}>Delete<//>
    </div>
    ${asked &&
    html`<${Dialog} title=${`${asked} ${count === 1 ? "this item" : "these items"}?`} onClose=${() => setAsked("")}>
      <div className=${sc("Modal__Foot")}><${Button} onClick=${act}>${asked}<//></div>
    <//>`}
  `;
}

export function OwnList({ status }) {
  const [page, setPage] = useState(1);
  const [answer, setAnswer] = useState(null);
  const [ticked, setTicked] = useState([]);
  const [help, setHelp] = useState(settings.modal);

  const load = () => {
    const userItemsInput = {
      sellerId: user().userId, status: LISTS[status], keyword: "", sortBy: "created", sortType: "desc", page, includeTotalCount: true,
    };
    fetchQuery("userItemsQuery", { userItemsInput }).then((data) => setAnswer(data.userItems), () => undefined);
  };
  useEffect(load, [page]);
  const change = async (to) => {
    try {
      for (const id of ticked) await call("UpdateItemStatusMutation", { id, status: to });
      toast(to === "stop" ? "Your items were deactivated" : "Your items were deleted");
    } catch (failure) {
      toast(failure.message);
    }
    setTicked([]);
    load();
  };
  const toggle = (id) => setTicked(ticked.includes(id) ? ticked.filter((other) => other !== id) : [...ticked, id]);
  const items = answer ? answer.items : [];
  const all = items.length > 0 && items.every((item) => ticked.includes(item.id));
  return html`
    <${Page}>
      <h1>My listings</h1>
      <nav aria-label="Listings" className=${sc("Tabs__Row")}>
        ${Object.keys(LISTS).map(
          (name) => html`<a key=${name} href=${`/mypage/listings/${name}/`} aria-current=${name === status ? "page" : undefined}>${name[0].toUpperCase() + name.slice(1)}</a>`,
        )}
      </nav>
      ${answer === null && html`<p aria-busy="true">Loading…</p>`}
      ${answer && items.length === 0 && html`<h2 role="status">No items found</h2>`}
      ${items.length > 0 &&
      html`
        ${status !== "complete" &&
        html`<label className=${sc("Choice__Line")}>
          <input type="checkbox" data-testid="SelectAllCheckbox" checked=${all} onChange=${() => setTicked(all ? [] : items.map((item) => item.id))} />Select all
        </label>`}
        <ul className=${sc("ListingCard__List")}>
          ${items.map(
            (item) => html`<${Card} key=${item.id} item=${item} status=${status} ticked=${ticked.includes(item.id)} onTick=${() => toggle(item.id)} />`,
          )}
        </ul>
      `}
      ${answer &&
      (page > 1 || answer.hasMore) &&
      html`<nav aria-label="Pagination" className=${sc("Tabs__Row")}>
        <${Button} kind="Secondary" disabled=${page === 1} onClick=${() => setPage(page - 1)}>Previous<//>
        <span>Page ${page}</span>
        <${Button} kind="Secondary" disabled=${!answer.hasMore} onClick=${() => setPage(page + 1)}>Next<//>
      </nav>`}
      ${ticked.length > 0 && html`<${Bulk} count=${ticked.length} canDeactivate=${status === "active"} onDo=${change} />`}
      ${help &&
      html`<${Dialog} title="Clicks and views">
        <p>See how many people looked at your items.</p>
        <div className=${sc("Modal__Foot")}><${Button} onClick=${() => setHelp(false)}>Got it<//></div>
      <//>`}
    <//>
  `;
}
