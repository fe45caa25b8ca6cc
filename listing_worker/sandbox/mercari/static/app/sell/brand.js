// Brand: an autocomplete that listens to typed keys; text that was not picked from the list does not stay.

import { call, has } from "../api.js";
import { html, sc, useEffect, useRef, useState } from "../ui.js";
import { FieldError } from "./fields.js";
import { NO_BRAND } from "./rules.js";

const SEARCH_PAUSE_MS = 180;
const BLUR_MS = 150;

export function BrandField({ form, set, suggested, error }) {
  const [options, setOptions] = useState([]);
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState(0);
  const keys = useRef(false);
  const { brand, brandText } = form;

  useEffect(() => {
    if (!typed || !brandText.trim()) return undefined;
    let wanted = true;
    const timer = setTimeout(async () => {
      const data = await call("brandSearchQuery", { keyword: brandText, categoryId: form.categoryId }).catch(() => ({ brandSearch: [] }));
      const none = "no brand / not sure".startsWith(brandText.trim().toLowerCase()) ? [{ id: 0, name: NO_BRAND }] : [];
      if (wanted) {
        setOptions([...data.brandSearch, ...none]);
        setOpen(true);
      }
    }, SEARCH_PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [typed]);

  const choose = (chosen) => {
    setOpen(false);
    setOptions([]);
    keys.current = false;
    set({ brand: chosen, brandText: chosen.name });
  };
  const change = (event) => {
    set({ brandText: event.target.value, brand: null });
    setOpen(false);
    if (keys.current) setTyped((count) => count + 1);
  };
  const leave = () => {
    const searching = brand === null && brandText !== "";
    keys.current = false;
    setTimeout(() => {
      setOpen(false);
      set((now) => {
        if (now.brand !== null && !(searching && has("brand_blur"))) return {};
        return { brand: null, brandText: "" };
      });
    }, BLUR_MS);
  };
  const onKeyDown = (event) => {
    keys.current = true;
    if (event.key === "Escape") setOpen(false);
  };
  const tickNone = (event) => (event.target.checked ? choose({ id: 0, name: NO_BRAND }) : set({ brand: null, brandText: "" }));

  return html`
    <div className=${sc("SellForm__Row")}>
      <label htmlFor="sellBrandId">Brand</label>
      <div className=${sc("Autocomplete__Wrapper")}>
        <input
          id="sellBrandId" name="sellBrandId" data-testid="Brand" type="text" role="combobox" autoComplete="off" aria-autocomplete="list"
          aria-expanded=${open} aria-controls="sellBrandList" placeholder="Search for a brand" className=${sc("Input__Text")}
          value=${brandText} onChange=${change} onKeyDown=${onKeyDown} onBlur=${leave}
        />
        ${open &&
        html`<ul role="listbox" id="sellBrandList" className=${sc("Select__List")}>
          ${options.map(
            (option) => html`<li
              key=${option.id} role="option" aria-selected="false" className=${sc("Select__Option")}
              onMouseDown=${(event) => event.preventDefault()} onClick=${() => choose(option)}
            >${option.name}</li>`,
          )}
          ${options.length === 0 && html`<li aria-disabled="true" className=${sc("Select__Nothing")}>No results</li>`}
        </ul>`}
      </div>
      ${suggested.length > 0 &&
      html`<div data-testid="SuggestedBrandSection" className=${sc("Chips__Row")}>
        ${suggested.map((chip) => {
          const id = `suggested-brand-${chip.id}`;
          return html`<div key=${chip.id} data-testid=${`SuggestedBrand-${chip.id}`} className=${sc("Chips__Chip")}>
            <input type="checkbox" id=${id} checked=${Boolean(brand && brand.id === chip.id)} onChange=${() => choose(chip)} />
            <label htmlFor=${id}><span className=${sc("Choice__ChoiceText")}>${chip.name}</span></label>
          </div>`;
        })}
      </div>`}
      <div data-testid="NoBrandLink" className=${sc("Choice__Line")}>
        <input type="checkbox" id="sellNoBrand" checked=${Boolean(brand && brand.id === 0)} onChange=${tickNone} />
        <label htmlFor="sellNoBrand">${NO_BRAND}</label>
      </div>
      <${FieldError} text=${error} />
    </div>
  `;
}
