"""Charts as SVG, drawn by the server: bars with their words, readable without colour, script or sight.

A chart is one picture to a screen reader (a title and a sentence with every value); the same numbers stand beside it in
a table. Colours come from the style sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH = 640  # units of the view box; the picture scales with its place
_LABEL, _VALUE, _ROW, _BAR = 170, 96, 30, 16
_COLUMN_HEIGHT, _FOOT, _HEAD = 120, 22, 18


@dataclass(frozen=True)
class Bar:
    """`text`: the value as people read it. `tone`: a class of the style sheet."""

    label: str
    value: float
    text: str
    tone: str = "plain"


def bars(bars: Sequence[Bar], *, name: str, title: str) -> Markup:
    """Horizontal bars, one below the other. `name`: unique on its page, for the labels' ids."""
    most = max((bar.value for bar in bars), default=0) or 1
    room = WIDTH - _LABEL - _VALUE
    drawn = Markup("").join(
        Markup(
            '<text x="0" y="{y}" class="label">{label}</text>'
            '<rect x="{x}" y="{top}" width="{width}" height="{height}" rx="3" class="bar {tone}"/>'
            '<text x="{end}" y="{y}" class="value">{text}</text>'
        ).format(
            y=number * _ROW + 19,
            label=_short(bar.label, 24),
            x=_LABEL,
            top=number * _ROW + 6,
            width=_width(bar.value, most, room),
            height=_BAR,
            tone=bar.tone,
            end=_LABEL + _width(bar.value, most, room) + 8,
            text=bar.text,
        )
        for number, bar in enumerate(bars)
    )
    return _picture(drawn, bars, len(bars) * _ROW, name=name, title=title)


def columns(bars: Sequence[Bar], *, name: str, title: str) -> Markup:
    """Columns side by side, for what follows in time; every other label where there are many."""
    most = max((bar.value for bar in bars), default=0) or 1
    step = WIDTH / max(1, len(bars))
    every = 1 if len(bars) <= 6 else 2
    drawn = Markup("").join(
        Markup(
            '<rect x="{x}" y="{top}" width="{width}" height="{height}" rx="3" class="bar {tone}"/>'
            '<text x="{middle}" y="{above}" class="value middle">{text}</text>'
            '<text x="{middle}" y="{foot}" class="label middle">{label}</text>'
        ).format(
            x=round(number * step + step * 0.15, 1),
            top=_HEAD + _COLUMN_HEIGHT - _width(bar.value, most, _COLUMN_HEIGHT),
            width=round(step * 0.7, 1),
            height=_width(bar.value, most, _COLUMN_HEIGHT),
            tone=bar.tone,
            middle=round((number + 0.5) * step, 1),
            above=_HEAD + _COLUMN_HEIGHT - _width(bar.value, most, _COLUMN_HEIGHT) - 5,
            foot=_HEAD + _COLUMN_HEIGHT + 16,
            text=bar.text if bar.value else "",
            label=bar.label if number % every == 0 else "",
        )
        for number, bar in enumerate(bars)
    )
    return _picture(drawn, bars, _HEAD + _COLUMN_HEIGHT + _FOOT, name=name, title=title)


def _picture(drawn: Markup, bars: Sequence[Bar], height: int, *, name: str, title: str) -> Markup:
    sentence = "; ".join(f"{bar.label}: {bar.text or '0'}" for bar in bars) or "nothing yet"
    return Markup(
        '<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-title {name}-values">'
        '<title id="{name}-title">{title}</title><desc id="{name}-values">{sentence}</desc>{drawn}</svg>'
    ).format(width=WIDTH, height=max(height, 1), name=name, title=title, sentence=sentence, drawn=drawn)


def _width(value: float, most: float, room: int) -> int:
    """At least a sliver for what is not nothing."""
    return max(2, round(value / most * room)) if value > 0 else 0


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
