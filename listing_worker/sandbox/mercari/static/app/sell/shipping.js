// Delivery method, the shipping label with its wizard, and who pays.

import { call, has } from "../api.js";
import { Button, Dialog, Listbox, dollars, html, sc, useState } from "../ui.js";
import { FieldError } from "./fields.js";

const DISABLED_TEXT = "Add title and category to enable shipping";
const TIP_HIDDEN = "hideWeighAndMeasureTip";

const METHODS = [
  ["MERCARI", "MercariShipping", "mercariShipping", "Prepaid label", "We email you a label, tracking included."],
  ["SOYO", "SoyoShipping", "soyoShipping", "Ship on your own", "You buy the label and send it yourself."],
];

export function DeliveryMethod({ form, set }) {
  return html`
    <fieldset className=${sc("SellForm__Group")}>
      <legend>Delivery method</legend>
      ${METHODS.map(
        ([id, testId, name, title, meaning]) => html`
          <label key=${id} htmlFor=${id} data-testid=${testId} className=${sc("Radio__Card", form.delivery === id && "on")}>
            <input
              type="radio" id=${id} name="deliveryOptions" value=${id} aria-label=${name} checked=${form.delivery === id}
              onChange=${() => set({ delivery: id })}
            />
            <span><b>${title}</b><small>${meaning}</small></span>
          </label>
        `,
      )}
    </fieldset>
  `;
}

const number = (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : 0);

function Intro({ onDone }) {
  const [hide, setHide] = useState(false);
  const done = () => {
    if (hide) localStorage.setItem(TIP_HIDDEN, "1");
    onDone();
  };
  return html`
    <${Dialog} title="Weigh and measure your package accurately">
      <p>If the package is heavier or larger than you say, the carrier may charge you the difference.</p>
      <label className=${sc("Choice__Line")}>
        <input type="checkbox" checked=${hide} onChange=${() => setHide(!hide)} />Don't show this again
      </label>
      <div className=${sc("Modal__Foot")}><${Button} onClick=${done}>Got it<//></div>
    <//>
  `;
}

function Weight({ entry, change }) {
  return html`
    <h3>How heavy will the package be?</h3>
    <div className=${sc("Wizard__Pair")}>
      <label htmlFor="lb">Pounds</label>
      <input
        id="lb" name="lb" data-testid="ItemWeightInPounds" inputMode="decimal" placeholder="lb" className=${sc("Input__Short")}
        value=${entry.lb} onChange=${(event) => change({ lb: event.target.value.replace(/[^\d.]/g, "") })}
      />
      <label htmlFor="oz">Ounces</label>
      <input
        id="oz" name="oz" data-testid="ItemWeightInOunces" inputMode="decimal" placeholder="oz" className=${sc("Input__Short")}
        value=${entry.oz} onChange=${(event) => change({ oz: event.target.value.replace(/[^\d.]/g, "").replace(/^0$/, "") })}
      />
    </div>
  `;
}

function Shoebox({ entry, change }) {
  const radio = (word, fits) => html`
    <label htmlFor=${`fitsInShoebox${word}`} className=${sc("Choice__Line")}>
      <input
        type="radio" id=${`fitsInShoebox${word}`} name="fitsInShoebox" data-testid=${`FitsInShoebox${word}`}
        checked=${entry.fits === fits} onChange=${() => change({ fits })}
      />${word}
    </label>
  `;
  const side = (name) => html`
    <label htmlFor=${name}>${name}</label>
    <input
      id=${name} data-testid=${`Input${name}`} inputMode="decimal" placeholder="in" className=${sc("Input__Short")}
      value=${entry[name]} onChange=${(event) => change({ [name]: event.target.value.replace(/[^\d.]/g, "") })}
    />
  `;
  return html`
    <fieldset className=${sc("SellForm__Group")}>
      <legend>Will it fit in a shoebox?</legend>
      <small>14 in × 10 in × 5 in</small>
      ${radio("Yes", true)} ${radio("No", false)}
    </fieldset>
    ${entry.fits === false && html`<div className=${sc("Wizard__Pair")}>${side("Length")}${side("Width")}${side("Height")}</div>`}
  `;
}

function Labels({ labels, chosen, setChosen }) {
  return html`
    <h3>Which label would you like to use?</h3>
    ${labels.length === 0 && html`<p>No label carries this package. Ship on your own instead.</p>`}
    ${labels.map((label) => {
      const id = `shippingClass-${label.id}`;
      return html`
        <div
          key=${label.id} data-testid="AvailableShippingOption" data-carrier=${label.carrier} data-display-name=${label.displayName}
          className=${sc("Radio__Card", chosen === label.id && "on")}
        >
          <input type="radio" id=${id} name="shippingClass" value=${label.id} checked=${chosen === label.id} onChange=${() => setChosen(label.id)} />
          <label htmlFor=${id}><b>${label.displayName}</b><small>Up to ${label.upTo}</small></label>
          <span data-testid="ShippingClassPrice" className=${sc("Wizard__Price")}>${dollars(label.fee)}</span>
        </div>
      `;
    })}
  `;
}

function startEntry(parcel) {
  const { ounces = 0, fitsInShoebox = null, length = "", width = "", height = "" } = parcel || {};
  return {
    lb: ounces >= 16 ? String(Math.floor(ounces / 16)) : "",
    oz: ounces % 16 ? String(ounces % 16) : "",
    fits: fitsInShoebox,
    Length: length ? String(length) : "",
    Width: width ? String(width) : "",
    Height: height ? String(height) : "",
  };
}

function Wizard({ form, suggestedOunces, onSave, onClose }) {
  const [step, setStep] = useState(localStorage.getItem(TIP_HIDDEN) ? "weight" : "intro");
  const [entry, setEntry] = useState(startEntry(form.parcel));
  const [labels, setLabels] = useState([]);
  const [chosen, setChosen] = useState(null);
  const [busy, setBusy] = useState(false);
  const split = has("wizard_steps");

  const change = (changes) => setEntry({ ...entry, ...changes });
  const ounces = number(entry.lb) * 16 + number(entry.oz);
  const sides = ["Length", "Width", "Height"].map((name) => number(entry[name]));
  const parcel = { ounces, fitsInShoebox: entry.fits === true, length: sides[0], width: sides[1], height: sides[2] };
  const boxKnown = entry.fits === true || (entry.fits === false && sides.every((side) => side > 0));
  const ready = ounces > 0 && (boxKnown || (split && step === "weight"));

  const quote = async (of) => {
    const data = await call("availableShippingClassesV2", {
      packageWeight: of.ounces, fitsInShoebox: of.fitsInShoebox, length: of.length, width: of.width, height: of.height,
      categoryId: form.categoryId, zipCode: form.zip,
    });
    return data.availableShippingClasses;
  };
  const next = async () => {
    if (split && step === "weight") {
      setStep("box");
      return;
    }
    setBusy(true);
    try {
      setLabels(await quote(parcel));
      setChosen(null);
      setStep("labels");
    } finally {
      setBusy(false);
    }
  };
  const takeRecommended = async () => {
    const light = { ounces: suggestedOunces, fitsInShoebox: true, length: 0, width: 0, height: 0 };
    onSave((await quote(light))[0], light);
  };

  if (step === "intro") return html`<${Intro} onDone=${() => setStep("weight")} />`;
  return html`
    <${Dialog} title="Shipping label" onClose=${onClose}>
      ${step === "weight" &&
      has("recommended_label") &&
      html`<div className=${sc("Wizard__Recommended")}>
        <b>Recommended label</b><span>USPS Ground Advantage, up to 12 oz</span>
        <${Button} kind="Secondary" data-testid="UseThisButton" onClick=${takeRecommended}>Use this label<//>
      </div>`}
      ${step === "weight" && html`<${Weight} entry=${entry} change=${change} />`}
      ${(step === "box" || (step === "weight" && !split)) && html`<${Shoebox} entry=${entry} change=${change} />`}
      ${step === "labels" && html`<${Labels} labels=${labels} chosen=${chosen} setChosen=${setChosen} />`}
      <div className=${sc("Modal__Foot")}>
        ${step === "labels"
          ? html`
              <${Button} kind="Text" onClick=${() => setStep("weight")}>Back<//>
              <${Button}
                data-testid="SelectCarrierSaveButton" disabled=${chosen === null}
                onClick=${() => onSave(labels.find((label) => label.id === chosen), parcel)}
              >Save<//>
            `
          : html`<${Button} data-testid="SelectCarrierButton" disabled=${!ready || busy} onClick=${next}>Next<//>`}
      </div>
    <//>
  `;
}

export function ShippingLabel({ form, set, suggestedOunces, error }) {
  const [open, setOpen] = useState(false);
  if (form.delivery !== "MERCARI") return null;
  const enabled = form.name.trim() !== "" && form.categoryId !== null;
  const label = form.label;
  const value = enabled ? (label && !has("label_silent") ? label.displayName : "") : DISABLED_TEXT;
  const save = (chosen, parcel) => {
    set({ label: chosen, parcel });
    setOpen(false);
  };
  return html`
    <div className=${sc("SellForm__Row")}>
      <label htmlFor="sellShippingClassesInput">Shipping label</label>
      <input
        id="sellShippingClassesInput" name="sellShippingClassesInput" data-testid="SelectShipping" type="text" readOnly disabled=${!enabled}
        placeholder="Select a shipping label" className=${sc("Input__Text", "opens")} value=${value}
        onClick=${() => setOpen(true)} onKeyDown=${(event) => event.key === "Enter" && setOpen(true)}
      />
      ${label &&
      html`<div data-testid="ShippingClass" className=${sc("SellForm__Summary")}>
        Up to ${label.upTo} / ${form.payer === 2 ? "Buyer pays" : "You pay"} ${dollars(label.fee)}
      </div>`}
      <${FieldError} text=${error} />
      ${open && html`<${Wizard} form=${form} suggestedOunces=${suggestedOunces} onSave=${save} onClose=${() => setOpen(false)} />`}
    </div>
  `;
}

export function ShippingPayer({ form, set }) {
  const options = [
    { value: 1, text: "Yes (Recommended)", testId: "FreeShippingYesButton" },
    { value: 2, text: "No", testId: "FreeShippingNoButton" },
  ];
  return html`
    <div className=${sc("SellForm__Row")}>
      <span className=${sc("SellForm__Label")}>Offer buyers free shipping?</span>
      <${Listbox}
        testId="ShippingPayerOption" listTestId="ShippingPayerOption" id="ShippingPayerOption" label="Offer buyers free shipping?"
        options=${options} value=${form.payer} onPick=${(option) => set({ payer: option.value })}
      />
    </div>
  `;
}
