// Dialogs around the form: those that stand in the way, and those after the List button.

import { settings } from "../api.js";
import { Button, Dialog, html, sc, toast, useEffect, useState } from "../ui.js";

// One after the other, on every visit, while the `modal` switch is on.
const INTERRUPTIONS = [
  { title: "Why not earn some extra $$$?", text: "List your first item today. It takes less than five minutes.", closes: true, buttons: ["Get started"] },
  { title: "List faster with templates", text: "Save a listing as a template and use it again.", buttons: ["Got it"] },
  { title: "Privacy settings", text: "We have updated how you manage your data.", buttons: ["Review details", "Got it"] },
];

export function Interruptions() {
  const [left, setLeft] = useState(settings.modal ? INTERRUPTIONS : []);
  if (!left.length) return null;
  const [{ title, text, buttons, closes }] = left;
  const next = () => setLeft(left.slice(1));
  return html`
    <${Dialog} title=${title} onClose=${closes ? next : undefined}>
      <p>${text}</p>
      <div className=${sc("Modal__Foot")}>
        ${buttons.map(
          (name, n) => html`<${Button} key=${name} kind=${n === buttons.length - 1 ? "Primary" : "Secondary"} onClick=${next}>${name}<//>`,
        )}
      </div>
    <//>
  `;
}

// A captcha over the whole page, with everything on it as it was, until its frame says that a person has answered.
export function Captcha() {
  const [open, setOpen] = useState(true);
  useEffect(() => {
    const hear = (event) => event.data === "solved" && setOpen(false);
    addEventListener("message", hear);
    return () => removeEventListener("message", hear);
  }, []);
  if (!open) return null;
  return html`<div className="Captcha"><iframe title="recaptcha challenge expires in two minutes" src="/v1/recaptcha/bframe"></iframe></div>`;
}

export function PaymentGate({ onClose }) {
  return html`
    <${Dialog} title="You're almost done…" onClose=${onClose}>
      <p>Help us keep our marketplace safer by adding a payment method.</p>
      <div className=${sc("Modal__Foot")}><${Button} onClick=${() => undefined}>Add credit / debit card<//></div>
    <//>
  `;
}

export function ConfirmList({ onList, onClose }) {
  return html`
    <${Dialog} title="Ready to list?" onClose=${onClose}>
      <p>You can edit the listing at any time.</p>
      <div className=${sc("Modal__Foot")}><${Button} onClick=${onList}>List<//></div>
    <//>
  `;
}

export function Listed({ id, underReview }) {
  const url = `/us/item/${id}/`;
  const share = async () => {
    await navigator.clipboard.writeText(location.origin + url).catch(() => undefined);
    toast("Link copied");
  };
  return html`
    <${Dialog} title=${underReview ? "Your listing is under review" : "Your listing is live"}>
      <p>Share it with friends to sell it faster.</p>
      <a href=${url} className=${sc("Success__Link")}>View your listing</a>
      <div className=${sc("Modal__Foot")}>
        <${Button} kind="Secondary" onClick=${share}>Share your listing<//>
        <${Button} onClick=${() => location.assign("/sell/")}>Post another item<//>
      </div>
    <//>
  `;
}

export function ConfirmDelete({ onDelete, onClose }) {
  return html`
    <${Dialog} title="Delete this listing?" onClose=${onClose}>
      <p>This can not be undone.</p>
      <div className=${sc("Modal__Foot")}>
        <${Button} kind="Secondary" onClick=${onClose}>Cancel<//>
        <${Button} onClick=${onDelete}>Delete<//>
      </div>
    <//>
  `;
}
