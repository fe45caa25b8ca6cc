"""Files: into a file input, seen or hidden; behind a button that opens the file chooser; onto a drop zone."""

from __future__ import annotations

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import TimeoutError as PlaywrightTimeout

from listing_worker.agents.form.anypage.hand import Hand, Refused, Task
from listing_worker.agents.form.waiting import Deadline, raise_if_gone, until

NOTICED = 4_000  # milliseconds for a page to show that it has the files

# file names in texts near the control, and pictures: what pages show for the files they took
_TRACES = """(e, names) => {
  const alone = box => box.tagName !== 'FORM' && box !== document.body && box.innerText.length < 2000 &&
    box.querySelectorAll('input, select, textarea').length < 2;
  let box = e.parentElement || e;
  while (box.parentElement && alone(box.parentElement)) box = box.parentElement;
  const text = document.body.innerText;
  const pictures = document.querySelectorAll('img, canvas, video, [style*="background-image"]');
  return {
    held: e.files ? [...e.files].map(f => f.name) : [],
    named: names.filter(n => text.includes(n)),
    pictures: [...pictures].filter(x => x.checkVisibility()).length,
    items: box.querySelectorAll('li, [role=listitem]').length,
  };
}"""


async def files(hand: Hand, task: Task) -> str:
    """Gives the page the files; what it shows of them. Raises Refused if it shows nothing."""
    paths = [path.absolute() for path in task.intent.files]
    names = [path.name for path in paths]
    before = await task.element.evaluate(_TRACES, names)
    if task.control.kind == "file":
        several = bool(await task.element.evaluate("e => e.multiple || e.webkitdirectory"))
        if len(paths) > 1 and not several:
            return await _one_by_one(hand, task, before)
        await task.element.set_input_files(paths, timeout=task.within(20_000))
    else:
        await _by_chooser_or_drop(hand, task)
    return await _noticed(task, names, before)


async def _one_by_one(hand: Hand, task: Task, before: dict[str, object]) -> str:
    """An input that takes one file at a time: only if the page collects them."""
    paths = [path.absolute() for path in task.intent.files]
    for position, path in enumerate(paths):
        await task.element.set_input_files(path, timeout=task.within(10_000))

        async def taken(count: int = position + 1) -> bool:
            now = await task.element.evaluate(_TRACES, [one.name for one in paths])
            more = int(now["pictures"]) - int(str(before["pictures"])), int(now["items"]) - int(str(before["items"]))
            return count in more or len(now["named"]) >= count

        if not await until(taken, Deadline(NOTICED)):
            await task.element.set_input_files([], timeout=task.within(5_000))
            raise Refused("not_filled", f"The field takes one file, and {len(paths)} are wanted.")
    return ", ".join(path.name for path in paths)


async def _by_chooser_or_drop(hand: Hand, task: Task) -> None:
    paths = [path.absolute() for path in task.intent.files]
    try:
        async with hand.page.expect_file_chooser(timeout=1_500) as waiting:
            await task.element.click(timeout=task.within(3_000))
        chooser = await waiting.value
        if len(paths) > 1 and not chooser.is_multiple():
            raise Refused("not_filled", f"The file chooser takes one file, and {len(paths)} are wanted.")
        await chooser.set_files(paths, timeout=task.within(20_000))
        return
    except PlaywrightTimeout:
        pass
    mark = await task.element.evaluate_handle("e => e")
    element = mark.as_element()
    if element is None or await element.owner_frame() is None:
        raise Refused("not_filled", "It opens no file chooser.")
    await _drop(task)


async def _drop(task: Task) -> None:
    """Drops the files onto the element, by the events that a real drop has."""
    payload = [[path.name, _kind(path.suffix), list(path.read_bytes())] for path in task.intent.files]
    try:
        await task.element.evaluate(_DROP, payload)
    except PlaywrightError as error:
        raise_if_gone(error)
        raise Refused("not_filled", "It takes no dropped files.") from error


_DROP = """(e, files) => {
  const data = new DataTransfer();
  for (const [name, type, bytes] of files) data.items.add(new File([new Uint8Array(bytes)], name, {type}));
  for (const kind of ['dragenter', 'dragover', 'drop'])
    e.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, composed: true, dataTransfer: data}));
}"""


def _kind(suffix: str) -> str:
    known = {".jpg": "jpeg", ".jpeg": "jpeg", ".png": "png", ".webp": "webp", ".gif": "gif", ".heic": "heic"}
    return f"image/{known[suffix.lower()]}" if suffix.lower() in known else "application/octet-stream"


async def _noticed(task: Task, names: list[str], before: dict[str, object]) -> str:
    wanted = len(names)

    async def seen() -> str | None:
        try:
            now = await task.element.evaluate(_TRACES, names)
        except PlaywrightError as error:
            raise_if_gone(error)
            return None
        if sorted(now["held"]) == sorted(names) or len(now["named"]) == wanted:
            return ", ".join(names)
        more = int(now["pictures"]) - int(str(before["pictures"]))
        return f"{wanted} pictures" if more == wanted else None

    found = await until(seen, Deadline(max(NOTICED, min(task.deadline.left, 15_000))))
    if found is None:
        raise Refused("not_filled", "The page does not show that it took the files.")
    return found
