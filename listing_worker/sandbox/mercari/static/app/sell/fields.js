// The plain fields: title, description, condition, size, ships from, tags.

import { call, has } from "../api.js";
import { Button, Dialog, Listbox, html, sc, useEffect, useRef, useState } from "../ui.js";
import { LIMITS } from "./rules.js";

export function FieldError({ text }) {
  return text ? html`<p role="alert" data-testid="SellFormError" className=${sc("SellForm__Error")}>${text}</p>` : null;
}

export function Title({ form, set, error, onBlur }) {
  return html`
    <div className=${sc("SellForm__Row")}>
      <label htmlFor="sellName">Title</label>
      <input
        id="sellName" name="sellName" data-testid="Title" type="text" maxLength=${LIMITS.title} autoComplete="off"
        placeholder="What are you selling?" className=${sc("Input__Text")} value=${form.name}
        onChange=${(event) => set({ name: event.target.value })} onBlur=${onBlur}
      />
      <div className=${sc("SellForm__Count")}>${form.name.length}/${LIMITS.title}</div>
      <${FieldError} text=${error} />
    </div>
  `;
}

export function Description({ form, set, error, onBlur }) {
  return html`
    <div className=${sc("SellForm__Row")}>
      <label htmlFor="sellDescription">Description</label>
      <textarea
        id="sellDescription" name="sellDescription" data-testid="Description" rows="6" maxLength=${LIMITS.description}
        placeholder="Describe your item" className=${sc("Input__Area")} value=${form.description}
        onChange=${(event) => set({ description: event.target.value })} onBlur=${onBlur}
      ></textarea>
      <div className=${sc("SellForm__Count")}>${form.description.length}/${LIMITS.description}</div>
      <${FieldError} text=${error} />
    </div>
  `;
}

const CONDITIONS = [
  ["1", "New", "ConditionNew", "New and unused. May include original packaging."],
  ["2", "Like new", "ConditionLikeNew", "Unused or used once, looks brand new."],
  ["3", "Good", "ConditionGood", "Gently used, one or two minor flaws."],
  ["4", "Fair", "ConditionFair", "Used, functional, several flaws."],
  ["5", "Poor", "ConditionPoor", "Major flaws, may be damaged, for parts."],
];

export function ConditionField({ form, set, error }) {
  return html`
    <fieldset className=${sc("SellForm__Group")}>
      <legend>Condition</legend>
      ${CONDITIONS.map(
        ([id, name, testId, meaning]) => html`
          <label
            key=${id} htmlFor=${id} data-testid=${has("no_condition_ids") ? undefined : testId}
            className=${sc("Radio__Card", form.conditionId === id && "on")}
          >
            <input
              type="radio" id=${id} name="sellCondition" value=${id} aria-label=${name} checked=${form.conditionId === id}
              onChange=${() => set({ conditionId: id })}
            />
            <span><b>${name}</b><small>${meaning}</small></span>
          </label>
        `,
      )}
      <${FieldError} text=${error} />
    </fieldset>
  `;
}

export function SizeField({ form, set, sizes, error }) {
  const slips = useRef(has("size_slips"));
  if (!sizes || sizes.length === 0) return null;
  const pick = (option) => {
    if (slips.current) slips.current = false;
    else set({ sizeId: option.value });
  };
  return html`
    <div className=${sc("SellForm__Row")}>
      <span className=${sc("SellForm__Label")}>Size</span>
      <${Listbox}
        testId="Size" id="itemSizeId" optionTestId="Size-option" label="Size" placeholder="Select a size" value=${form.sizeId}
        options=${sizes.map((size) => ({ value: size.id, text: size.name }))} onPick=${pick}
      />
      <${FieldError} text=${error} />
    </div>
  `;
}

// The sizes of a category: null while unknown.
export function useSizes(categoryId) {
  const [answer, setAnswer] = useState({ categoryId: null, sizes: null });
  useEffect(() => {
    if (!categoryId) return undefined;
    let wanted = true;
    const keep = (sizes) => wanted && setAnswer({ categoryId, sizes: has("no_sizes") ? [] : sizes });
    call("sizeQuery", { categoryId }).then((data) => keep(data.sizes), () => keep([]));
    return () => {
      wanted = false;
    };
  }, [categoryId]);
  return answer.categoryId === categoryId ? answer.sizes : null;
}

export function ShipsFrom({ form, set, addresses, error }) {
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState("");
  const start = () => {
    setChosen((addresses.find((address) => address.zip === form.zip) || { id: "" }).id);
    setOpen(true);
  };
  const use = () => {
    set({ zip: addresses.find((address) => address.id === chosen).zip });
    setOpen(false);
  };
  return html`
    <div className=${sc("SellForm__Row")}>
      <span className=${sc("SellForm__Label")}>Ships from</span>
      ${form.zip
        ? html`
            <div className=${sc("SellForm__Inline")}>
              <span data-testid="ShipsFrom">${form.zip}</span>
              <${Button} kind="Text" data-testid="ShipsFromEditButton" onClick=${start}>Edit<//>
            </div>
          `
        : html`<${Button} kind="Secondary" data-testid="ShipsFromAddButton" onClick=${start}>Add address<//>`}
      <${FieldError} text=${error} />
      ${open &&
      html`
        <${Dialog} title="My addresses" onClose=${() => setOpen(false)}>
          ${addresses.map(
            (address) => html`
              <label key=${address.id} data-testid="MyAddressesAddressRow" className=${sc("Radio__Card", chosen === address.id && "on")}>
                <input type="radio" name="address" checked=${chosen === address.id} onChange=${() => setChosen(address.id)} />
                <span><b>${address.name}</b><small>${address.street}</small><small data-testid="MyAddressesCity">${address.city}</small></span>
              </label>
            `,
          )}
          <div className=${sc("Modal__Foot")}><${Button} disabled=${!chosen} onClick=${use}>Use<//></div>
        <//>
      `}
    </div>
  `;
}

export function Tags({ form, set }) {
  const [text, setText] = useState("");
  const add = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const tag = text.trim().replace(/^#/, "");
    if (tag && form.tags.length < 3) set({ tags: [...form.tags, tag] });
    setText("");
  };
  return html`
    <div className=${sc("SellForm__Row")}>
      <label htmlFor="sellTags">Tags (optional)</label>
      <input
        id="sellTags" type="text" autoComplete="off" placeholder="Type a tag and press Enter, up to 3" className=${sc("Input__Text")}
        value=${text} onChange=${(event) => setText(event.target.value)} onKeyDown=${add}
      />
      <div className=${sc("Chips__Row")}>
        ${form.tags.map(
          (tag) => html`<button type="button" key=${tag} className=${sc("Chips__Chip")} aria-label=${`Remove tag ${tag}`}
            onClick=${() => set({ tags: form.tags.filter((other) => other !== tag) })}>#${tag} ✕</button>`,
        )}
      </div>
    </div>
  `;
}
