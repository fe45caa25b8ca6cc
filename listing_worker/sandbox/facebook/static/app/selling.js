// The seller's own listings: search, filter, cards that load as one scrolls, and renewing in bulk.

import { call } from "./api.js";
import { Card } from "./card.js";
import { Button, Dialog, Page, Tick, cx, html, keys, useEffect, useRef, useState } from "./ui.js";

const SEARCH_WAIT_MS = 250;

function useCards(query, filter) {
  const [state, setState] = useState({ cards: [], cursor: 0, more: true, busy: false });
  const wanted = useRef("");
  const load = async (from) => {
    const key = `${query}|${filter}|${from}`;
    wanted.current = key;
    setState((now) => ({ ...now, busy: true }));
    const data = await call("CometMarketplaceYouSellingQuery", { query, filter, cursor: from }).catch(() => null);
    if (!data || wanted.current !== key) return;
    const { cards, cursor, more } = data.selling;
    setState((now) => ({ cards: from ? [...now.cards, ...cards] : cards, cursor, more, busy: false }));
  };
  useEffect(() => {
    const timer = setTimeout(() => load(0), query ? SEARCH_WAIT_MS : 0);
    return () => clearTimeout(timer);
  }, [query, filter]);
  return { ...state, loadMore: () => load(state.cursor), reload: () => load(0) };
}

// At the end of what is loaded: asks for more when it comes into view.
function Tail({ onSeen }) {
  const place = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && onSeen());
    watcher.observe(place.current);
    return () => watcher.disconnect();
  });
  return html`<div ref=${place} role="progressbar" aria-label="Loading..." className=${cx("spin")}></div>`;
}

function Manage({ cards, onDone }) {
  const [picked, setPicked] = useState([]);
  const [menu, setMenu] = useState(false);
  const [asking, setAsking] = useState(false);
  const all = cards.length > 0 && picked.length === cards.length;
  const able = cards.filter((card) => picked.includes(card.id) && card.renewable);
  const renew = async () => {
    await call("useCometMarketplaceListingRenewMutation", { input: { ids: able.map((card) => card.id) } }).catch(() => undefined);
    setAsking(false);
    onDone();
  };
  const ask = () => {
    setMenu(false);
    setAsking(true);
  };
  return html`<div className=${cx("panel")}>
    <${Tick} label="Select all" on=${all} onChange=${() => setPicked(all ? [] : cards.map((card) => card.id))} />
    ${cards.map(
      (card) => html`<${Tick} key=${card.id} label=${`Select ${card.title}`} on=${picked.includes(card.id)}
        onChange=${(on) => setPicked(on ? [...picked, card.id] : picked.filter((one) => one !== card.id))} />`,
    )}
    <div className=${cx("holder")}>
      <${Button} label="Actions" disabled=${picked.length === 0} onPress=${() => setMenu(!menu)} />
      ${menu &&
      html`<div role="menu" className=${cx("menu")}>
        ${able.length > 0
          ? html`<div role="menuitem" tabIndex="0" className=${cx("option")} onClick=${ask} onKeyDown=${keys(ask)}>Renew in Marketplace</div>`
          : html`<div role="menuitem" aria-disabled="true" tabIndex="-1" className=${cx("option", "off")}>Nothing to renew</div>`}
      </div>`}
    </div>
    ${asking &&
    html`<${Dialog} label="Renew listings" onClose=${() => setAsking(false)}>
      <p>${able.length} of your listings will move to the top.</p>
      <div className=${cx("foot")}><${Button} label="Renew" look="blue" onPress=${renew} /></div>
    <//>`}
  </div>`;
}

export function SellingPage() {
  const [query, setQuery] = useState("");
  const [filter, setFilter] = useState("all");
  const [managing, setManaging] = useState(false);
  const { cards, more, busy, loadMore, reload } = useCards(query, filter);
  const done = () => {
    setManaging(false);
    reload();
  };
  return html`<${Page}>
    <h2>Your listings</h2>
    <div className=${cx("row")}>
      <input type="text" placeholder="Search your listings" className=${cx("search")} value=${query} onChange=${(event) => setQuery(event.target.value)} />
      <${Button} label="All listings" look=${filter === "all" ? "blue" : "plain"} onPress=${() => setFilter("all")} />
      <${Button} label="Needs attention" look=${filter === "attention" ? "blue" : "plain"} onPress=${() => setFilter("attention")} />
      <${Button} label="Manage listings" onPress=${() => setManaging(!managing)} />
    </div>
    ${managing && html`<${Manage} cards=${cards} onDone=${done} />`}
    ${cards.map((card) => html`<${Card} key=${card.id} card=${card} onChanged=${reload} />`)}
    ${!busy && !more && cards.length === 0 && html`<p>You don't have any listings that match.</p>`}
    ${(busy || more) && html`<${Tail} onSeen=${() => !busy && more && loadMore()} />`}
  <//>`;
}
