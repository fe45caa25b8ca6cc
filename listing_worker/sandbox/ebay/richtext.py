"""The description's HTML as a reader sees it: plain text with the lines that a browser shows."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {"div", "p", "ul", "ol", "li", "h1", "h2", "h3", "h4", "table", "tr", "blockquote", "section", "pre"}
_UNSEEN = {"script", "style", "template", "head"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.breaks = 0  # line breaks owed before the next text
        self.after_br = False  # a <br> at the end of a block is only there to hold the line open
        self.fresh = False  # a new line has been begun already: a block's edge adds none
        self.unseen = 0

    def _boundary(self, breaks: int) -> None:
        if self.after_br:
            self.after_br, self.fresh = False, True
        if self.fresh:
            breaks -= 1
        if self.text:
            self.breaks = max(self.breaks, breaks)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag == "br":
            self._settle()
            self.text += "\n"
            self.after_br = True
        elif tag in _BLOCKS:
            self._boundary(2 if tag == "p" else 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in _BLOCKS:
            self._boundary(2 if tag == "p" else 1)

    def _settle(self) -> None:
        self.text += "\n" * self.breaks
        self.breaks, self.fresh = 0, False

    def handle_data(self, data: str) -> None:
        if self.unseen:
            return
        data = re.sub(r"[ \t\r\n\f]+", " ", data)
        at_line_start = self.breaks > 0 or not self.text or self.text.endswith("\n")
        if at_line_start:
            data = data.lstrip(" ")
        if not data:
            return
        self._settle()
        self.after_br = False
        self.text += data


def plain_text(html: str) -> str:
    """ "a<div>b &amp; c</div><div><br></div>d" → "a\\nb & c\\n\\nd"; no-break spaces become spaces."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = reader.text.replace("\u00a0", " ").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")
