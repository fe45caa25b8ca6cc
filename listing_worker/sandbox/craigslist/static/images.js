// The drag-and-drop uploader: all chosen files at once, each thumb where it landed; and ordering by dragging.
const boxes = () => [...document.querySelectorAll("figure.imgbox:not(.template)")];
const uploader = document.getElementById("uploader");

if (uploader) {
  const input = uploader.querySelector("input[type=file]");
  const busy = document.getElementById("busy");
  const failed = document.getElementById("upload_error");
  let waiting = 0;
  const controllers = new Set();

  const sendOne = async (file) => {
    const controller = new AbortController();
    controllers.add(controller);
    const body = new FormData();
    body.append("file", file);
    try {
      const answer = await fetch(uploader.dataset.upload, { method: "POST", body, signal: controller.signal });
      const said = await answer.json();
      if (!answer.ok) throw new Error(said.error);
      const box = document.querySelector("figure.imgbox.template").cloneNode(true);
      box.classList.remove("template");
      box.hidden = false;
      box.dataset.image = said.id;
      box.querySelector("img").src = said.url;
      document.querySelector(".images").append(box);
      document.getElementById("image_count").textContent = boxes().length;
    } catch (error) {
      failed.hidden = false;
      failed.textContent = error.message;
    } finally {
      controllers.delete(controller);
      busy.hidden = --waiting === 0;
    }
  };
  const send = (files) => {
    failed.hidden = true;
    waiting += files.length;
    busy.hidden = waiting === 0;
    for (const file of files) sendOne(file);
  };
  input.addEventListener("change", () => { send([...input.files]); input.value = ""; });
  document.getElementById("plupload").addEventListener("click", () => input.click());
  document.getElementById("cancel").addEventListener("click", () => controllers.forEach((each) => each.abort()));
  uploader.addEventListener("dragover", (event) => event.preventDefault());
  uploader.addEventListener("drop", (event) => { event.preventDefault(); send([...event.dataTransfer.files]); });
}

let dragged = null;
for (const box of boxes()) {
  box.addEventListener("dragstart", () => { dragged = box; });
  box.addEventListener("dragover", (event) => event.preventDefault());
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!dragged || dragged === box) return;
    box.before(dragged);
    const form = document.getElementById("order");
    form.elements.order.value = boxes().map((each) => each.dataset.image).join(",");
    form.submit();
  });
}
