"""Pictures in a recording: small, with everything private covered and the rest to be seen."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image
from playwright.async_api import Page

from listing_worker.recordings.pictures import WIDTH, Taken, covered, private_boxes
from tests.recordings.examples import CANARIES

PAGE = """<body style="margin:0;font:20px monospace">
<div id=plain style="height:40px;background:#ff0">Silk dress, $48, size M (8-10)</div>
%s
<input id=field value="%s" style="display:block;width:600px;height:40px">
<input id=zip value="95112" style="display:block;width:600px;height:40px">
<input type=password id=word value=hello style="display:block;width:600px;height:40px">
<div id=host></div><iframe id=frame style="width:600px;height:60px;border:0"
  srcdoc='<body style="margin:0"><div style="height:60px">rosa.seller@example.org</div>'></iframe>
<div id=foot style="position:fixed;bottom:0;height:30px;width:600px">rosa.seller@example.org</div>
<div style="height:1500px"></div>
<script>host.attachShadow({mode: 'open'}).innerHTML = '<p id=in>rosa.seller@example.org</p>'</script>"""
_BOXES = """() => {
  const at = e => { const r = e.getBoundingClientRect(); return [r.left + scrollX, r.top + scrollY, r.right, r.bottom + scrollY]; };
  const all = Object.fromEntries([...document.querySelectorAll('[id]')].map(e => [e.id, at(e)]));
  all.shadow = at(host.shadowRoot.querySelector('#in'));
  return all;
}"""  # noqa: E501


def test_everything_private_is_covered_and_the_rest_is_to_be_seen(browser_page: Page, run_async: Any) -> None:
    lines = "".join(
        f'<div id="c{n}" style="height:40px"><span>{text}</span></div>' for n, text in enumerate(CANARIES.values())
    )

    async def scenario() -> tuple[Image.Image, dict[str, list[float]], int]:
        await browser_page.set_content(PAGE % (lines, CANARIES["e-mail"]))
        boxes = await private_boxes(browser_page, ["95112"])
        shot = await browser_page.screenshot(type="jpeg", quality=90, full_page=True)
        small = covered(Taken(shot, tuple(boxes)))
        return Image.open(BytesIO(small)), await browser_page.evaluate(_BOXES), len(small)

    image, at, size = run_async(scenario())
    assert image.width == WIDTH
    assert size < 60_000
    scale = WIDTH / 1280

    def ink(name: str, *, moved: float = 0) -> int:
        """How much of an element's first letters is neither paper nor cover: text that can be read."""
        left, top, _, bottom = at[name]
        part = image.crop((round(left * scale), round((top + moved) * scale),
                           round((left + 120) * scale), round((bottom + moved) * scale)))  # fmt: skip
        values = part.convert("L").get_flattened_data()
        dark = sum(value < 90 for value in values)
        return 0 if dark > 0.5 * len(values) else dark

    assert ink("plain") > 0
    hidden = [*(f"c{n}" for n in range(len(CANARIES))), "field", "zip", "word", "shadow"]
    boxes_full = {name: at[name] for name in hidden}
    for name, (left, top, _, bottom) in boxes_full.items():
        middle = image.getpixel((round((left + 30) * scale), round(((top + bottom) / 2) * scale)))
        assert isinstance(middle, tuple)
        assert max(middle) < 110, (name, middle)  # covered
    # what is fixed to the bottom of the window is at the bottom of the whole page in such a picture
    assert image.height * 1280 / WIDTH > 900
    whole = image.height / scale
    left, _, _, _ = at["foot"]
    foot = image.getpixel((round((left + 30) * scale), round((whole - 18) * scale)))
    assert isinstance(foot, tuple)
    assert max(foot) < 110
