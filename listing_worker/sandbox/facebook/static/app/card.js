// One card of the seller's own listings: its texts in the real order, its buttons, its menu, the delete dialogs.

import { call, has } from "./api.js";
import { Button, Dialog, cx, html, keys, money, useEffect, useRef, useState } from "./ui.js";

const DELETE = "useCometMarketplaceListingDeleteMutation";
const STATUS = "useCometMarketplaceListingStatusMutation";

function hrefOf(card) {
  if (card.status === "draft") return `/marketplace/edit/?listing_id=${card.id}`;
  return card.status === "pending_review" ? `/commerce/listing/${card.id}/` : `/marketplace/item/${card.id}/`;
}

function Menu({ card, onEdit, onDelete, onStatus }) {
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
  const flip = () => setOpen(!open);
  const items = [
    ["Edit", onEdit],
    ...(card.status === "live" ? [["Mark as sold", () => onStatus("sold")]] : []),
    ...(card.status === "sold" ? [["Mark as available", () => onStatus("live")]] : []),
    ["Delete", onDelete],
  ];
  const run = (act) => () => {
    setOpen(false);
    act();
  };
  return html`<div ref=${box} className=${cx("holder")}>
    <div role="button" tabIndex="0" aria-label=${`More options for ${card.title}`} aria-haspopup="menu" aria-expanded=${open ? "true" : "false"}
      className=${cx("round")} onClick=${flip} onKeyDown=${keys(flip)}>⋯</div>
    ${open &&
    html`<div role="menu" className=${cx("menu")}>
      ${items.map(
        ([name, act]) => html`<div key=${name} role="menuitem" tabIndex="0" className=${cx("option")} onClick=${run(act)} onKeyDown=${keys(run(act))}>
          <span>${name}</span>
        </div>`,
      )}
    </div>`}
  </div>`;
}

export function Card({ card, onChanged }) {
  const [asking, setAsking] = useState("");
  const cover = card.photos[0];
  const href = hrefOf(card);
  const edit = () => location.assign(`/marketplace/edit/?listing_id=${card.id}`);
  const change = async (name, input) => {
    await call(name, { input: { id: card.id, ...input } }).catch(() => undefined);
    onChanged();
  };
  const remove = async () => {
    await call(DELETE, { input: { id: card.id } }).catch(() => undefined);
    setAsking("");
    onChanged();
  };
  const mark = (status) => change(STATUS, { status });
  const close = () => setAsking("");
  const name = has("capital_delete") ? "Delete Listing" : "Delete listing";
  return html`
    <div className=${cx("card")}>
      <a href=${href} tabIndex="-1" aria-hidden="true" className=${cx("thumb")}>${cover && html`<img src=${cover.url} alt="" />`}</a>
      <div className=${cx("facts")}>
        <a href=${href} className=${cx("name")}><span>${card.title || "Untitled"}</span></a>
        <div>${card.dollars === null ? "" : money(card.dollars)}</div>
        <div className=${cx("small")}>${card.statusLine}</div>
        <div className=${cx("small")}>Listed on ${card.listed}</div>
        <div className=${cx("small")}>${card.clicks} clicks on listing</div>
        <div className=${cx("row")}>
          ${card.status === "live" &&
          html`<${Button} label="Mark as sold" onPress=${() => mark("sold")} />
            <${Button} label="Share" onPress=${() => undefined} />
            <${Button} label="Boost listing" onPress=${() => setAsking("boost")} />`}
          ${card.status === "sold" &&
          html`<${Button} label="Mark as available" onPress=${() => mark("live")} />
            <${Button} label="Relist this item" onPress=${() => location.assign(`/marketplace/create/item?relist=${card.id}`)} />`}
          ${card.status === "draft" && html`<${Button} label="Continue" onPress=${edit} />`}
          ${card.renewable &&
          html`<${Button} label="Renew" onPress=${() => change("useCometMarketplaceListingRenewMutation", { ids: [card.id] })} />`}
          <${Menu} card=${card} onEdit=${edit} onStatus=${mark} onDelete=${() => setAsking(has("old_delete") ? "old" : "delete")} />
        </div>
      </div>
      ${asking === "old" &&
      html`<${Dialog} label="Your Listing" onClose=${close}>
        <p>${card.title}</p>
        <div className=${cx("foot")}><${Button} label="Delete" onPress=${() => setAsking("delete")} /></div>
      <//>`}
      ${asking === "delete" &&
      html`<${Dialog} label=${name} onClose=${close}>
        <p>Are you sure? Nobody will see this listing any more.</p>
        <div className=${cx("foot")}><${Button} label="Cancel" onPress=${close} /><${Button} label="Delete" look="blue" onPress=${remove} /></div>
      <//>`}
      ${asking === "boost" &&
      html`<${Dialog} label="Boost listing" onClose=${close}>
        <p>Reach more people for $10.00.</p>
        <div className=${cx("foot")}><${Button} label="Pay and boost" look="blue" onPress=${() => undefined} /></div>
      <//>`}
    </div>
  `;
}
