// Category, in its two forms: the dialog (search, suggestions, drill-down) and the three cascading lists.

import { has } from "../api.js";
import { Dialog, Listbox, html, sc, useEffect, useState } from "../ui.js";
import { categoryOf, labelOf, searchCategories, topCategories } from "./categories.js";
import { FieldError } from "./fields.js";

const SEARCH_PAUSE_MS = 250;
const ROW = "kQxRzA CategoryDialog__ButtonWrapper";

function Rows({ rows, onPick }) {
  return rows.map(
    ({ id, text }) => html`<button key=${id} type="button" className=${ROW} onClick=${() => onPick(id)}>${text}</button>`,
  );
}

function SearchResults({ keyword, onPick }) {
  const [found, setFound] = useState(null);
  useEffect(() => {
    let wanted = true;
    setFound(null);
    const timer = setTimeout(async () => {
      const rows = await searchCategories(keyword).catch(() => []);
      if (wanted) setFound(rows.map((row) => ({ id: row.id, text: row.path.join(" > ") })));
    }, SEARCH_PAUSE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [keyword]);
  if (found === null) return html`<p aria-busy="true" className=${sc("CategoryDialog__Note")}>Searching…</p>`;
  if (!found.length) return html`<p role="status" className=${sc("CategoryDialog__Note")}>No results found</p>`;
  return html`<${Rows} rows=${found} onPick=${onPick} />`;
}

function CategoryDialog({ suggested, onPick, onClose }) {
  const [keyword, setKeyword] = useState("");
  const [level, setLevel] = useState(null); // null: the start; undefined: all; else the node opened
  const pick = (id) => {
    const node = categoryOf(id);
    if (node.children.length) setLevel(node);
    else onPick(id);
  };
  const rows = (level ? level.children : topCategories()).map((node) => ({ id: node.id, text: node.name }));
  const back = () => {
    const above = level ? level.line[level.line.length - 2] : undefined;
    setLevel(level ? above : null);
  };
  return html`
    <${Dialog} title="Select a category" onClose=${onClose} wide>
      <input
        type="text" placeholder="Search category" aria-label="Search category" autoComplete="off" className=${sc("Input__Text")}
        value=${keyword} onChange=${(event) => setKeyword(event.target.value)}
      />
      <div className=${sc("CategoryDialog__Body")}>
        ${keyword.trim()
          ? html`<${SearchResults} keyword=${keyword} onPick=${onPick} />`
          : level === null
            ? html`
                ${suggested.length > 0 &&
                html`<h3>Suggested</h3><${Rows} rows=${suggested.map((id) => ({ id, text: labelOf(id) }))} onPick=${pick} />`}
                <button type="button" className=${sc("CategoryDialog__All")} onClick=${() => setLevel(undefined)}>All Categories</button>
              `
            : html`
                <button type="button" aria-label="Back" className=${sc("CategoryDialog__Back")} onClick=${back}>‹ ${level ? level.path.join(" > ") : "All Categories"}</button>
                <${Rows} rows=${rows} onPick=${pick} />
              `}
      </div>
    <//>
  `;
}

function VariantA({ form, set, suggested }) {
  const [open, setOpen] = useState(false);
  const pick = (id) => {
    setOpen(false);
    set({ categoryId: id });
  };
  return html`
    <button
      type="button" data-testid="SellCategoryFieldButton" aria-haspopup="dialog"
      className=${sc("CategorySection__SelectButton", !form.categoryId && "empty")} onClick=${() => setOpen(true)}
    >${labelOf(form.categoryId) || "Select a category"}</button>
    ${open && html`<${CategoryDialog} suggested=${suggested} onPick=${pick} onClose=${() => setOpen(false)} />`}
  `;
}

const LISTS = ["categoryId", "subCategoryId", "subSubCategoryId"];

function VariantB({ form, set, suggested }) {
  const [nodes, setNodes] = useState([]);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const category = categoryOf(form.categoryId);
    if (category) setNodes(category.line);
  }, [form.categoryId]);
  const pick = (depth, id) => {
    const node = categoryOf(id);
    setNodes([...nodes.slice(0, depth), node]);
    set({ categoryId: node.children.length ? null : id });
  };
  const levels = [topCategories(), ...nodes.map((node) => node.children)].filter((list) => list.length);
  return html`
    ${suggested.length > 0 &&
    html`
      <button type="button" data-testid="SuggestedCategoriesAccordion" aria-expanded=${shown} className=${sc("Accordion__Head")} onClick=${() => setShown(!shown)}>
        Suggested categories
      </button>
      ${shown &&
      suggested.map(
        (id, n) => html`<button
          type="button" key=${id} data-testid=${`SuggestedCategory${n + 1}`} data-selected=${form.categoryId === id}
          className=${sc("Accordion__Item")} onClick=${() => set({ categoryId: id })}
        >${labelOf(id)}</button>`,
      )}
    `}
    ${levels.map(
      (list, depth) => html`<${Listbox}
        key=${depth} testId=${`CategoryL${depth}`} listId=${LISTS[depth]} optionTestId=${`CategoryL${depth}-option`}
        label=${["Category", "Subcategory", "Type"][depth]} placeholder=${["Select category", "Select subcategory", "Select type"][depth]}
        value=${nodes[depth] ? nodes[depth].id : null} options=${list.map((node) => ({ value: node.id, text: node.name }))}
        onPick=${(option) => pick(depth, option.value)}
      />`,
    )}
  `;
}

export function CategoryField({ form, set, suggested, error }) {
  const Variant = has("B") ? VariantB : VariantA;
  return html`
    <div className=${sc("SellForm__Row")}>
      <span className=${sc("SellForm__Label")}>Category</span>
      <${Variant} form=${form} set=${set} suggested=${suggested} />
      <${FieldError} text=${error} />
    </div>
  `;
}
