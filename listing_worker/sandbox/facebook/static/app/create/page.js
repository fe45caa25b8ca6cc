// The form from its first page to the press on Publish; drafts; the edit page.

import { call, has } from "../api.js";
import { Feed } from "../places.js";
import { Alert, Button, Dialog, Page, cx, go, html, useEffect, useState } from "../ui.js";
import { t } from "../words.js";
import { Details } from "./details.js";
import { Audience, Delivery } from "./later.js";
import { STEPS, deliveryDone, emptyForm, formOf, inputOf, problemsOf } from "./rules.js";

const TECHNICAL = "Something isn't working. This may be because of a technical error that we're working to get fixed.";
const OWN_LISTINGS = "/marketplace/you/selling";

function useStart(id) {
  const [start, setStart] = useState(null);
  useEffect(() => {
    call("CometMarketplaceComposerQuery", { input: { id } }).then((data) => setStart(data.composer), () => undefined);
  }, []);
  return start;
}

function useForm(first) {
  const [form, setForm] = useState(first);
  const set = (changes) => setForm((now) => ({ ...now, ...(typeof changes === "function" ? changes(now) : changes) }));
  return [form, set];
}

// New, or once more what has been sold.
export function CreatePage() {
  const again = new URLSearchParams(location.search).get("relist");
  const start = useStart(again);
  if (!start) return null;
  return html`<${Composer} first=${start.item ? formOf(start.item, start.location) : emptyForm(start.location)} />`;
}

export function EditPage() {
  const id = new URLSearchParams(location.search).get("listing_id");
  const start = useStart(id);
  if (!start) return null;
  if (!start.item) return html`<${Feed} />`;
  const first = formOf(start.item, start.location);
  if (start.item.status === "draft") return html`<${Composer} first=${first} draftId=${id} />`;
  return html`<${Editor} id=${id} first=${first} />`;
}

// Where a published listing leads differs by account (fact: facebook §6).
function landing(id) {
  if (has("lands_edit")) return `/marketplace/edit/?listing_id=${id}`;
  return has("lands_dashboard") ? "/marketplace/you/dashboard" : OWN_LISTINGS;
}

function useStep() {
  const [number, setNumber] = useState(0);
  useEffect(() => {
    const wanted = new URLSearchParams(location.search).get("step");
    if (wanted) history.replaceState(null, "", location.pathname);
    const onBack = () => setNumber(Math.max(0, STEPS.indexOf(new URLSearchParams(location.search).get("step"))));
    addEventListener("popstate", onBack);
    return () => removeEventListener("popstate", onBack);
  }, []);
  const turn = (to) => {
    const query = new URLSearchParams(location.search);
    if (to === 0) query.delete("step");
    else query.set("step", STEPS[to]);
    const text = query.toString();
    history.pushState(null, "", location.pathname + (text ? `?${text}` : ""));
    setNumber(to);
  };
  return [number, turn];
}

function Composer({ first, draftId = null }) {
  const [form, set] = useForm(first);
  const [number, turn] = useStep();
  const [draft, setDraft] = useState(draftId);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const [dialog, setDialog] = useState(null); // {name: "boost" | "leave", to}
  const [pressed, setPressed] = useState(false); // Next, while something was missing
  const step = STEPS[number];
  const problems = problemsOf(form);
  const complete = step === "details" ? Object.keys(problems).length === 0 : step !== "delivery" || deliveryDone(form.delivery);
  const last = number === STEPS.length - 1;
  const limited = has("limit_reached") || has("new_account_limit") || has("monthly_limit");

  const publish = async () => {
    if (form.boost) {
      setDialog({ name: "boost" });
      return;
    }
    setBusy(true);
    setFailure("");
    try {
      const input = { ...inputOf(form), draft_id: draft };
      const data = await call("useCometMarketplaceListingCreateMutation", { input });
      const to = landing(data.marketplace_listing_create.listing.id);
      if (has("leave_dialog")) setDialog({ name: "leave", to });
      else go(to);
    } catch (refused) {
      setFailure(refused.message && !(refused instanceof TypeError) ? refused.message : TECHNICAL);
      setBusy(false);
    }
  };
  const saveDraft = async () => {
    try {
      const data = await call("useCometMarketplaceDraftSaveMutation", { input: { ...inputOf(form), draft_id: draft } });
      setDraft(data.marketplace_draft_save.listing.id);
      go(OWN_LISTINGS);
    } catch {
      setFailure(TECHNICAL);
    }
  };
  const back = (event) => {
    event.preventDefault();
    if (form.title || form.photos.length) setDialog({ name: "leave", to: "/marketplace/" });
    else go("/marketplace/");
  };
  return html`<${Page} sidebar=${false}>
    <a href="/marketplace/" className=${cx("link")} onClick=${back}>Marketplace</a>
    <div className=${cx("row")}>
      <h1>${t("Item for sale")}</h1>
      <${Button} label=${t("Save draft")} disabled=${!form.title} onPress=${saveDraft} />
    </div>
    ${has("limit_reached") &&
    html`<${Alert}><b>Limit reached</b> We limit how often you can post or do other things in a given amount of time. You can try again later.<//>`}
    ${step === "details" && html`<${Details} form=${form} set=${set} problems=${pressed ? problems : {}} />`}
    ${step === "delivery" && html`<${Delivery} form=${form} set=${set} />`}
    ${step === "audience" && html`<${Audience} form=${form} set=${set} />`}
    ${failure && html`<${Alert}>${failure}<//>`}
    <div className=${cx("foot")} onClick=${() => complete || setPressed(true)}>
      ${number > 0 && html`<${Button} label=${t("Previous")} onPress=${() => history.back()} />`}
      ${last
        ? html`<${Button} label=${t("Publish")} look="blue" disabled=${!complete || busy || limited} onPress=${publish} />`
        : html`<${Button} label=${t("Next")} look="blue" disabled=${!complete} onPress=${() => turn(number + 1)} />`}
    </div>
    ${dialog && dialog.name === "boost" &&
    html`<${Dialog} label="Boost listing" onClose=${() => setDialog(null)}>
      <p>Choose a budget: $10.00 for 2 days. You will be charged when you continue.</p>
      <div className=${cx("foot")}><${Button} label="Boost now" look="blue" onPress=${() => undefined} /></div>
    <//>`}
    ${dialog && dialog.name === "leave" &&
    html`<${Dialog} title="Leave page?">
      <p>You have unsaved changes. Are you sure that you want to leave this page?</p>
      <div className=${cx("foot")}>
        <${Button} label="Stay on Page" onPress=${() => setDialog(null)} />
        <${Button} label="Leave Page" look="blue" onPress=${() => go(dialog.to)} />
      </div>
    <//>`}
  <//>`;
}

// A published listing's edit page: the same fields, one button, whose name the fact sheet does not know.
function Editor({ id, first }) {
  const [form, set] = useForm(first);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const problems = problemsOf(form);
  const save = async () => {
    setBusy(true);
    setFailure("");
    try {
      await call("useCometMarketplaceListingEditMutation", { input: { id, ...inputOf(form) } });
      go(OWN_LISTINGS);
    } catch (refused) {
      setFailure(refused.message && !(refused instanceof TypeError) ? refused.message : TECHNICAL);
      setBusy(false);
    }
  };
  return html`<${Page} sidebar=${false}>
    <h1>Edit listing</h1>
    <${Details} form=${form} set=${set} problems=${problems} />
    ${failure && html`<${Alert}>${failure}<//>`}
    <div className=${cx("foot")}>
      <${Button} label=${has("edit_save") ? "Save" : "Update"} look="blue" disabled=${busy || Object.keys(problems).length > 0} onPress=${save} />
    </div>
  <//>`;
}
