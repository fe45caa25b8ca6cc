// The pages around the form: home, chooser, dashboard, inbox, notifications, and the feed that stands in for the rest.

import { call, user } from "./api.js";
import { Page, cx, html, useEffect, useState } from "./ui.js";

export function Home() {
  return html`<${Page} sidebar=${false}>
    <h1 className=${cx("label")}>Home</h1>
    <p>What's on your mind, ${user.NAME.split(" ")[0]}?</p>
  <//>`;
}

// What a deleted item's address shows as well: nothing says that something is missing (fact: facebook §8).
export function Feed() {
  return html`<${Page}>
    <h2>Today's picks</h2>
    <div className=${cx("grid")}>
      ${["Oak bookshelf", "Garden hose", "Road bike"].map((name) => html`<div key=${name} className=${cx("pick")}><b>$40</b><span>${name}</span></div>`)}
    </div>
  <//>`;
}

export function Chooser() {
  const cards = [
    ["/marketplace/create/item/", "Item for sale", "Create a single listing for one or more items to sell."],
    ["/marketplace/create/vehicle/", "Vehicle for sale", "Sell a car, truck or other type of vehicle."],
    ["/marketplace/create/rental/", "Home for sale or rent", "List a house or apartment for sale or rent."],
  ];
  return html`<${Page}>
    <h2>Choose listing type</h2>
    <div className=${cx("grid")}>
      ${cards.map(([href, name, text]) => html`<a key=${href} href=${href} className=${cx("pick")}><b>${name}</b><small>${text}</small></a>`)}
    </div>
  <//>`;
}

export function OwnForm({ kind }) {
  return html`<${Page}><h1>${kind === "vehicle" ? "Vehicle for sale" : "Home for sale or rent"}</h1><p>This kind has a form of its own.</p><//>`;
}

export function Dashboard() {
  return html`<${Page}>
    <h2>Seller dashboard</h2>
    <p>Overview of your listings and messages.</p>
    <a href="/marketplace/you/selling" className=${cx("link")}>See all listings</a>
  <//>`;
}

export function Inbox() {
  return html`<${Page}><h2>Inbox</h2><p>No messages yet.</p><//>`;
}

export function Notifications() {
  const [texts, setTexts] = useState(null);
  useEffect(() => {
    call("CometNotificationsQuery", {}).then((data) => setTexts(data.notifications), () => undefined);
  }, []);
  return html`<${Page} sidebar=${false}>
    <h1>Notifications</h1>
    ${texts && texts.map((text, number) => html`<div key=${number} className=${cx("row")}>${text}</div>`)}
  <//>`;
}

export function Suspended() {
  return html`<${Page}>
    <h2>You can't access Marketplace</h2>
    <p>Your access was restricted because of activity that may not follow our Commerce Policies. You can request a review.</p>
  <//>`;
}
