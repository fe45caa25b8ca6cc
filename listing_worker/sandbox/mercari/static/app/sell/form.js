// The sell form: new listing, draft, and edit page. State lives here; each field is its own component.

import { call, has, settings, wait } from "../api.js";
import { Button, Page, html, sc, toast, useCallback, useEffect, useRef, useState } from "../ui.js";
import { BrandField } from "./brand.js";
import { labelOf } from "./categories.js";
import { CategoryField } from "./category.js";
import { Captcha, ConfirmDelete, ConfirmList, Interruptions, Listed, PaymentGate } from "./dialogs.js";
import { ConditionField, Description, FieldError, ShipsFrom, SizeField, Tags, Title, useSizes } from "./fields.js";
import { Photos } from "./photos.js";
import { Price, SmartOffers, SmartPricing } from "./price.js";
import { EMPTY, formOf, inputOf, problemsOf } from "./rules.js";
import { DeliveryMethod, ShippingLabel, ShippingPayer } from "./shipping.js";

const NOTHING = { brands: [], categoryIds: [], ounces: 12 };

// Suggestions from the photos go into what is still empty, whenever they come.
function withSuggestions(form, found) {
  const brand = found.suggestedBrands.find((one) => one.id === found.brandId) || null;
  const brandFree = form.brand === null && form.brandText === "";
  return {
    name: form.name || found.name,
    categoryId: form.categoryId || found.categoryId,
    brand: brandFree ? brand : form.brand,
    brandText: brandFree && brand ? brand.name : form.brandText,
    conditionId: form.conditionId || String(found.conditionId),
    price: form.price || (found.price / 100).toFixed(2),
    priceSuggested: form.price === "" || form.priceSuggested,
  };
}

function useForm(start) {
  const [form, setForm] = useState(start);
  const set = useCallback(
    (changes) =>
      setForm((now) => {
        const wanted = typeof changes === "function" ? changes(now) : changes;
        const next = { ...now, ...wanted };
        // Another category has other sizes and labels.
        return next.categoryId === now.categoryId ? next : { ...next, sizeId: null, label: null };
      }),
    [],
  );
  return [form, set];
}

export function SellPage({ draftId, editedId }) {
  const [start, setStart] = useState(null);
  useEffect(() => {
    call("sellQuery", { id: editedId || draftId || null }).then((data) => setStart(data.sell), () => undefined);
  }, []);
  if (!start) return null;
  if ((draftId || editedId) && !start.item) {
    return html`<${Page}><h1>Page not found</h1><//>`;
  }
  return html`<${SellForm} start=${start} draftId=${draftId} editedId=${editedId} />`;
}

function SellForm({ start, draftId, editedId }) {
  const [form, set] = useForm(start.item ? formOf(start.item.sent, start.item.photos) : { ...EMPTY, zip: start.zipCode });
  const [draft, setDraft] = useState(draftId);
  const [left, setLeft] = useState({}); // fields the seller has been in
  const [found, setFound] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const [dialog, setDialog] = useState(null);
  const latest = useRef(form);
  latest.current = form;
  const sizes = useSizes(form.categoryId);
  const problems = problemsOf(form, sizes);
  const errorOf = (field) => (left[field] ? problems[field] : "");
  const leave = (field) => () => setLeft((now) => ({ ...now, [field]: true }));

  // A brand that is not in the category's list does not stay.
  useEffect(() => {
    if (!form.categoryId || !form.brand || form.brand.id === 0) return;
    const { categoryId, brand } = form;
    call("brandListedQuery", { categoryId, brandId: brand.id }).then(
      (data) => data.brandListed || set((now) => (now.brand === brand ? { brand: null, brandText: "" } : {})),
      () => undefined,
    );
  }, [form.categoryId]);

  const suggest = async () => {
    if (editedId) return;
    await wait(settings.kandoMs);
    const data = await call("kandoSuggestQuery", { photoIds: latest.current.photos.map((photo) => photo.uploadId) }).catch(() => ({}));
    const answer = data.kandoSuggest;
    if (!answer) return;
    setFound({ brands: answer.suggestedBrands, categoryIds: answer.suggestedCategoryIds, ounces: answer.suggestedWeightInOunce });
    set((now) => withSuggestions(now, answer));
  };

  const list = async () => {
    setDialog(null);
    setBusy(true);
    setRefused("");
    try {
      const input = { ...inputOf(form), draftId: draft || null };
      const { createListing } = await call("createListing", input);
      if (has("redirect")) location.assign(`/us/item/${createListing.id}/`);
      else setDialog({ name: "listed", id: createListing.id, underReview: createListing.underReview });
    } catch (failure) {
      setRefused(failure.status === 200 ? failure.message : "Something went wrong. Please try again.");
      toast("Something wrong happened");
    }
    setBusy(false);
  };
  const press = () => {
    if (editedId) update();
    else if (has("payment_gate")) setDialog({ name: "payment" });
    else if (has("confirm")) setDialog({ name: "confirm" });
    else list();
  };
  const update = async () => {
    setBusy(true);
    setRefused("");
    try {
      await call("editListing", { id: editedId, ...inputOf(form) });
      location.assign(`/us/item/${editedId}/`);
    } catch (failure) {
      setRefused(failure.message);
    }
    setBusy(false);
  };
  const saveDraft = async () => {
    try {
      const { saveDraft: saved } = await call("saveDraft", { ...inputOf(form), draftId: draft || null });
      setDraft(saved.id);
      history.replaceState(null, "", `/sell/draft/${saved.id}/`);
      toast("Draft saved");
    } catch {
      toast("Something wrong happened");
    }
  };
  const changeStatus = async (status) => {
    setDialog(null);
    try {
      await call("UpdateItemStatusMutation", { id: editedId, status });
      location.assign(status === "on_sale" ? "/mypage/listings/active/" : "/mypage/listings/inactive/");
    } catch (failure) {
      setRefused(failure.message);
    }
  };

  const active = start.item && start.item.status !== "delisted";
  const close = () => setDialog(null);
  const common = { form, set };
  return html`
    <${Page}>
      <h1>${editedId ? "Edit listing" : "List an item"}</h1>
      <form className=${sc("SellForm__Form")} onSubmit=${(event) => event.preventDefault()} noValidate>
        <${Photos} ...${common} error=${errorOf("photos")} onUploaded=${suggest} />
        <section className=${sc("SellForm__Section")}>
          <h2>Details</h2>
          <${Title} ...${common} error=${errorOf("name")} onBlur=${leave("name")} />
          <${Description} ...${common} error=${errorOf("description")} onBlur=${leave("description")} />
          <${CategoryField} ...${common} suggested=${found.categoryIds.filter((id) => labelOf(id))} error=${errorOf("category")} />
          <${BrandField} ...${common} suggested=${found.brands} error=${errorOf("brand")} />
          <${ConditionField} ...${common} error=${errorOf("condition")} />
          <${SizeField} ...${common} sizes=${sizes} error=${errorOf("size")} />
        </section>
        <section className=${sc("SellForm__Section")}>
          <h2>Delivery</h2>
          <${ShipsFrom} ...${common} addresses=${start.addresses} error=${errorOf("shipsFrom")} />
          <${DeliveryMethod} ...${common} />
          <${ShippingLabel} ...${common} suggestedOunces=${found.ounces} error=${errorOf("shipping")} />
          <${ShippingPayer} ...${common} />
        </section>
        <section className=${sc("SellForm__Section")}>
          <h2>Pricing</h2>
          <${Price} ...${common} error=${errorOf("price")} onBlur=${leave("price")} canSelfSwitch=${!editedId} />
          <${SmartPricing} ...${common} error=${errorOf("floor")} onBlur=${leave("floor")} />
          <${SmartOffers} ...${common} />
          <${Tags} ...${common} />
        </section>
        <${FieldError} text=${refused} />
        <div className=${sc("SellForm__Foot")}>
          ${editedId
            ? html`
                <${Button} kind="Secondary" data-testid="ActivateDeactivateButton" onClick=${() => changeStatus(active ? "stop" : "on_sale")}>${active ? "Deactivate" : "Activate"}<//>
                <${Button} kind="Secondary" data-testid="DeleteButton" onClick=${() => setDialog({ name: "delete" })}>Delete<//>
              `
            : html`<${Button} kind="Secondary" data-testid="SaveDraftButton" disabled=${busy} onClick=${saveDraft}>Save draft<//>`}
          <${Button} data-testid="ListButton" disabled=${busy || Object.keys(problems).length > 0} onClick=${press}>${editedId ? "Update" : "List"}<//>
        </div>
      </form>
      <${Interruptions} />
      ${has("captcha") && form.photos.length > 0 && html`<${Captcha} />`}
      ${dialog && dialog.name === "listed" && html`<${Listed} id=${dialog.id} underReview=${dialog.underReview} />`}
      ${dialog && dialog.name === "payment" && html`<${PaymentGate} onClose=${close} />`}
      ${dialog && dialog.name === "confirm" && html`<${ConfirmList} onList=${list} onClose=${close} />`}
      ${dialog && dialog.name === "delete" && html`<${ConfirmDelete} onDelete=${() => changeStatus("cancel")} onClose=${close} />`}
    <//>
  `;
}
