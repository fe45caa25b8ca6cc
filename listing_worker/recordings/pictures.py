"""Small pictures of a page in which everything private is covered.

Where private text stands is read from the page (one evaluate, nothing is changed on it), right before and right after
the picture is taken; what is covered is decided here, by the same rule as for text (`private.py`). Frames that cannot
be looked into are covered whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageDraw
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from listing_worker.agents.form.waiting import raise_if_gone
from listing_worker.recordings.private import without_private

WIDTH: Final = 640  # pixels of a kept picture
LONGEST: Final = 1_600  # pixels of its height; the rest of a long page is left out
QUALITY: Final = 45
_MARGIN: Final = 2  # pixels around what is covered
_COVER: Final = (40, 44, 52)

# Every text that may be private (digits, @, or a given word), with its boxes in document coordinates. Walks through
# open shadow roots and frames of the same origin; [null, box] is a frame that cannot be looked into, or a password.
_LOOK: Final = r"""words => {
  const found = [], may = t => /[@\d]/.test(t) || words.some(w => t.toLowerCase().includes(w));
  const walk = (root, dx, dy) => {
    const put = (text, rects, element) => {
      const boxes = [...rects].filter(r => r.width > 0 && r.height > 0)
        .map(r => [r.left + dx, r.top + dy, r.right + dx, r.bottom + dy]);
      for (let a = element; a; a = a.parentElement) if (getComputedStyle(a).position === 'fixed') {
        // a picture of the whole page has a taller window: what is fixed to its middle or bottom stands lower there
        const taller = document.documentElement.scrollHeight - window.innerHeight, up = window.scrollY;
        for (const [l, t, r, b] of [...boxes]) for (const more of [0, taller / 2, taller])
          boxes.push([l, t - up + more, r, b - up + more]);
        break;
      }
      if (boxes.length) found.push([text, boxes]);
    };
    const visit = node => {
      if (node.nodeType === 3) {
        const text = node.data.trim();
        if (!text || !may(text)) return;
        const range = node.ownerDocument.createRange();
        range.selectNodeContents(node);
        put(node.parentElement && node.parentElement.innerText.length < 400
          ? node.parentElement.innerText : text, range.getClientRects(), node.parentElement);
        return;
      }
      if (node.nodeType !== 1) { node.childNodes.forEach(visit); return; }
      if (['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE'].includes(node.tagName)) return;
      if (node.tagName === 'IFRAME') {
        const box = node.getBoundingClientRect();
        let inner = null;
        try { inner = node.contentDocument; } catch { inner = null; }
        if (inner && inner.body) walk(inner.body, dx + box.left + node.clientLeft, dy + box.top + node.clientTop);
        else put(null, [box], node);
        return;
      }
      if (['INPUT', 'TEXTAREA', 'SELECT'].includes(node.tagName)) {
        const text = node.tagName === 'SELECT' ? (node.selectedOptions[0]?.text ?? '') : String(node.value ?? '');
        if (node.type === 'password') put(null, [node.getBoundingClientRect()], node);
        else if (!['hidden', 'file', 'checkbox', 'radio'].includes(node.type) && text && may(text))
          put(text, [node.getBoundingClientRect()], node);
        return;
      }
      if (node.shadowRoot) node.shadowRoot.childNodes.forEach(visit);
      node.childNodes.forEach(visit);
    };
    visit(root);
  };
  if (document.body) walk(document.body, window.scrollX, window.scrollY);
  return found;
}"""

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Taken:
    """A picture as the browser gave it, and the boxes to cover, in its own pixels (document coordinates)."""

    image: bytes
    boxes: tuple[Box, ...]


async def private_boxes(page: Page, words: Iterable[str] = ()) -> list[Box]:
    """Where private text stands on the page now, from the document's top left corner, in CSS pixels."""
    words = [word.casefold() for word in words if word]
    try:
        seen: list[tuple[str | None, list[list[float]]]] = await page.evaluate(_LOOK, words)
    except PlaywrightError as error:
        raise_if_gone(error)
        return [(0, 0, 1e6, 1e6)]  # the page is being replaced: nothing of it can be shown
    return [
        (box[0], box[1], box[2], box[3])
        for text, boxes in seen
        if text is None or without_private(text, words) != text
        for box in boxes
    ]


def covered(taken: Taken) -> bytes:
    """The picture as a small JPEG, everything private covered."""
    with Image.open(BytesIO(taken.image)) as opened:
        full = opened.size
        opened.draft("RGB", (WIDTH, WIDTH))  # decodes no more than is needed
        image = opened.convert("RGB")
    drawn = ImageDraw.Draw(image)
    across, down = image.width / full[0], image.height / full[1]
    for left, top, right, bottom in _inside(taken.boxes, full):
        drawn.rectangle(
            (left * across - _MARGIN, top * down - _MARGIN, right * across + _MARGIN, bottom * down + _MARGIN), _COVER
        )
    wide = min(WIDTH, image.width)
    small = image.resize((wide, max(1, round(image.height * wide / image.width))))
    out = BytesIO()
    small.crop((0, 0, small.width, min(small.height, LONGEST))).save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def _inside(boxes: Sequence[Box], size: tuple[int, int]) -> list[Any]:
    """Boxes cut to the picture; those outside are left out."""
    width, height = size
    cut = [(max(0.0, a), max(0.0, b), min(float(width), c), min(float(height), d)) for a, b, c, d in boxes]
    return [box for box in cut if box[0] < box[2] and box[1] < box[3]]
