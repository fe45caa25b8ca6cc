// Blocks that a checkbox opens: closed, their fields are hidden and disabled (so the browser does not send them).
for (const block of document.querySelectorAll("[data-opened-by]")) {
  const box = document.querySelector(`input[name=${block.dataset.openedBy}]`);
  const update = () => {
    block.hidden = !box.checked;
    for (const field of block.querySelectorAll("input")) field.disabled = !box.checked;
  };
  box.addEventListener("change", update);
  update();
}
