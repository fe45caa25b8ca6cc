// Selects drawn as menus, the way jQuery UI's selectmenu does it: the select itself is hidden and stays the truth that
// is sent; a button opens a list of its options at the end of the page. A change made to the select from outside is
// not drawn.
let number = 0;
for (const select of document.querySelectorAll("#postingForm select")) {
  const id = `ui-id-${++number}`;
  select.id = id;
  select.style.display = "none";
  const button = document.createElement("span");
  Object.assign(button, { id: `${id}-button`, tabIndex: 0 });
  button.className = "ui-selectmenu-button ui-selectmenu-button-closed ui-widget";
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-owns": `${id}-menu`, "aria-haspopup": "true",
  })) button.setAttribute(name, value);
  const text = document.createElement("span");
  text.className = "ui-selectmenu-text";
  text.textContent = select.selectedOptions[0]?.textContent.trim() ?? "";
  button.append(text);
  select.after(button);

  const holder = document.createElement("div");
  holder.className = "ui-selectmenu-menu ui-front";
  const menu = document.createElement("ul");
  Object.assign(menu, { id: `${id}-menu`, tabIndex: 0, className: "ui-menu ui-widget" });
  menu.setAttribute("role", "listbox");
  menu.setAttribute("aria-hidden", "true");
  menu.setAttribute("aria-labelledby", `${id}-button`);
  for (const option of select.options) {
    const item = document.createElement("li");
    item.className = "ui-menu-item";
    const wrapper = document.createElement("div");
    wrapper.className = "ui-menu-item-wrapper";
    wrapper.setAttribute("role", "option");
    wrapper.tabIndex = -1;
    wrapper.textContent = option.textContent.trim();
    item.append(wrapper);
    item.addEventListener("click", () => {
      select.value = option.value;
      text.textContent = wrapper.textContent;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      show(false);
    });
    menu.append(item);
  }
  holder.append(menu);
  document.body.append(holder);

  const show = (open) => {
    holder.classList.toggle("ui-selectmenu-open", open);
    button.setAttribute("aria-expanded", String(open));
    menu.setAttribute("aria-hidden", String(!open));
    if (!open) return;
    const place = button.getBoundingClientRect();
    holder.style.left = `${place.left + scrollX}px`;
    holder.style.top = `${place.bottom + scrollY}px`;
  };
  button.addEventListener("click", (event) => {
    event.preventDefault(); // the label around it would hand the click on
    show(button.getAttribute("aria-expanded") === "false");
  });
  document.addEventListener("mousedown", (event) => {
    if (!holder.contains(event.target) && !button.contains(event.target)) show(false);
  });
  button.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); show(true); }
    if (event.key === "Escape") show(false);
  });
}
