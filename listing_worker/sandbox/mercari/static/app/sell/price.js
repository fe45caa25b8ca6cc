// Price with its mask and fee line, Smart Pricing that switches itself on, Smart Offers.

import { call, has } from "../api.js";
import { Button, Dialog, dollars, html, sc, useEffect, useRef, useState } from "../ui.js";
import { FieldError } from "./fields.js";
import { LIMITS } from "./rules.js";

const FEE_PAUSE_MS = 2500;
const SELF_ON_MS = 350;

const amountOf = (text) => Number(text.replace(/,/g, ""));
const grouped = (amount) => amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

// Digits and one point, at most two decimals.
export function masked(text) {
  const clean = text.replace(/[^\d.]/g, "");
  const [whole, ...rest] = clean.split(".");
  const digits = whole.replace(/^0+(?=\d)/, "").slice(0, 7);
  return rest.length ? `${digits || "0"}.${rest.join("").slice(0, 2)}` : digits;
}

// "12" becomes "12.00", "1250" "1,250.00"; nothing stays nothing.
export const settled = (text) => (text === "" ? "" : grouped(amountOf(text)));

// A price that the site suggested is not replaced by pasted text: the mask puts the text behind it and cuts off.
function afterInput(form, event) {
  const { data, inputType } = event.nativeEvent;
  const pasted = inputType === "insertText" && data && data.length > 1;
  return masked(form.priceSuggested && pasted ? form.price + data : event.target.value);
}

function FeeLine({ price }) {
  const [fee, setFee] = useState(null);
  useEffect(() => {
    setFee(null);
    const cents = Math.round(amountOf(price) * 100);
    if (!(cents >= LIMITS.lowest * 100)) return undefined;
    let wanted = true;
    const timer = setTimeout(async () => {
      const data = await call("smartSalesFeeQuery", { price: cents }).catch(() => null);
      if (wanted && data) setFee({ cents, fee: data.smartSalesFee.fee });
    }, FEE_PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [price]);
  if (!fee) return null;
  return html`<dl data-testid="SalesFee" className=${sc("Fee__List")}>
    <dt>Selling fee (10%)</dt><dd>−${dollars(fee.fee)}</dd><dt>You earn</dt><dd>${dollars(fee.cents - fee.fee)}</dd>
  </dl>`;
}

export function Price({ form, set, error, onBlur, canSelfSwitch }) {
  const untouched = useRef(canSelfSwitch && !has("quiet_pricing") && !has("no_smart_pricing"));
  const leave = () => {
    onBlur();
    const amount = amountOf(form.price);
    set((now) => ({ price: settled(now.price) }));
    if (!untouched.current || !(amount >= LIMITS.lowest && amount <= LIMITS.highest)) return;
    untouched.current = false;
    setTimeout(() => set((now) => ({ smart: switchedOn(now) })), SELF_ON_MS);
  };
  return html`
    <div className=${sc("SellForm__Row")}>
      <label htmlFor="Price">Price</label>
      <div className=${sc("Input__Money")}>
        <span aria-hidden="true">$</span>
        <input
          id="Price" name="sellPrice" data-testid="Price" type="text" inputMode="decimal" autoComplete="off" placeholder="0.00"
          className=${sc("Input__Text")} value=${form.price}
          onChange=${(event) => set({ price: afterInput(form, event), priceSuggested: form.priceSuggested && event.target.value !== "" })}
          onBlur=${leave}
        />
      </div>
      <${FieldError} text=${error} />
      <${FeeLine} price=${form.price} />
    </div>
  `;
}

function switchedOn(form) {
  const price = amountOf(form.price) || 0;
  const minimum = Math.max(1, Math.round(price * 50) / 100);
  return { on: true, floor: grouped(Math.max(minimum, Math.round(price * 80) / 100)), minimum };
}

export function SmartPricing({ form, set, error, onBlur }) {
  const [asking, setAsking] = useState(false);
  if (has("no_smart_pricing")) return null;
  const { smart } = form;
  const toggle = () => (smart.on ? setAsking(true) : set({ smart: switchedOn(form) }));
  const turnOff = () => {
    setAsking(false);
    set({ smart: { ...smart, on: false, floor: "" } });
  };
  return html`
    <section className=${sc("SmartPricing__Panel")}>
      <div className=${sc("SmartPricing__Head")}>
        <h3>Smart pricing</h3>
        <button
          type="button" data-testid="SmartPricingButton" aria-pressed=${smart.on} aria-label="Smart pricing"
          className=${sc("Toggle__Track", smart.on && "on")} onClick=${toggle}
        ><span></span></button>
      </div>
      <p className=${sc("SellForm__Hint")}>We lower your price step by step until the item sells.</p>
      ${smart.on &&
      html`
        <label htmlFor="sellMinPriceForAutoPriceDrop">Floor price</label>
        <div className=${sc("Input__Money")}>
          <span aria-hidden="true">$</span>
          <input
            id="sellMinPriceForAutoPriceDrop" name="sellMinPriceForAutoPriceDrop" data-testid="SmartPricingFloorPrice" type="text"
            inputMode="decimal" autoComplete="off" className=${sc("Input__Text")} value=${smart.floor}
            onChange=${(event) => set({ smart: { ...smart, floor: masked(event.target.value) } })}
            onBlur=${() => {
              set((now) => ({ smart: { ...now.smart, floor: settled(now.smart.floor) } }));
              onBlur();
            }}
          />
        </div>
        <${FieldError} text=${error} />
      `}
      ${asking &&
      html`
        <${Dialog} title="Before you turn off Smart Pricing" onClose=${() => setAsking(false)}>
          <p>Items with Smart Pricing sell faster. Are you sure?</p>
          <div className=${sc("Modal__Foot")}>
            <${Button} kind="Secondary" onClick=${() => setAsking(false)}>Keep it on<//>
            <${Button} onClick=${turnOff}>Turn off<//>
          </div>
        <//>
      `}
    </section>
  `;
}

export function SmartOffers({ form, set }) {
  return html`
    <label className=${sc("Choice__Line")}>
      <input type="checkbox" role="switch" aria-label="Smart Offers" checked=${form.offers} onChange=${() => set({ offers: !form.offers })} />
      <span><b>Smart Offers</b><small>Send automatic offers to buyers who like your item.</small></span>
    </label>
  `;
}
