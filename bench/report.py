"""What was measured, as a table, as JSON, as charts and as `docs/performance.md`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Result

COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#e45756", "#72b7b2", "#eeca3b", "#b279a2", "#9d755d")
MET = {True: "yes", False: "no", None: ""}


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def goal_of(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"≥ {number(-figure.goal)}" if figure.goal < 0 else f"≤ {number(figure.goal)}"


def spread(figure: Figure) -> str:
    if len(figure.values) == 1:
        return ""
    return f"{number(min(figure.values))} – {number(max(figure.values))}"


def show(result: Result, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for name, where in (("", "left"), ("", "left"), ("median", "right"), ("", "left"), ("from – to", "right"),
                        ("n", "right"), ("goal", "right"), ("met", "left")):  # fmt: skip
        table.add_column(name, justify=where)  # type: ignore[arg-type]
    last = ""
    for figure in result.figures:
        group, last = (figure.group if figure.group != last else ""), figure.group
        colour = {True: "green", False: "red", None: "default"}[figure.met]
        table.add_row(
            group, figure.name, number(figure.median), figure.unit, spread(figure), str(len(figure.values)),
            goal_of(figure), f"[{colour}]{MET[figure.met]}[/{colour}]",
        )  # fmt: skip
    console.print(table, highlight=False)
    for what, why in result.left_out.items():
        console.print(f"Not measured: {what}: {why}", highlight=False)


def write(result: Result, folder: Path, docs: Path | None) -> None:
    """`result.json` and the chart in `folder`; with `docs` also performance.md and its chart there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result.as_json(), indent=1))
    draw_stages(result.stages, folder / "stages.png")
    draw_ways(ways_of(result.figures), folder / "ways.png")
    if docs is not None:
        draw_stages(result.stages, docs / "performance-stages.png")
        draw_ways(ways_of(result.figures), docs / "performance-ways.png")
        (docs / "performance.md").write_text(markdown(result.as_json()))


def markdown(found: dict[str, Any]) -> str:
    machine = found["machine"]
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; do not edit. Medians of one run on one machine: compare ratios, not seconds.",
        "",
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, {machine['system']}, Python "
        f"{machine['python']}. Load when it ended: {', '.join(map(str, machine['load']))}"
        + (
            ": the machine was busy with other things, so absolute times are too long."
            if machine["load"][0] > machine["cores"] + 1.5
            else "."
        ),
        "",
        "| | | Median | From – to | n | Goal | Met |",
        "|---|---|--:|--:|--:|--:|---|",
    ]
    for each in found["figures"]:
        figure = Figure(**{k: each[k] for k in ("group", "name", "unit", "goal", "note")}, values=tuple(each["values"]))
        lines.append(
            f"| {figure.group} | {figure.name} | {number(figure.median)} {figure.unit} | {spread(figure)} "
            f"| {len(figure.values)} | {goal_of(figure)} | {MET[figure.met]} |"
        )
    if any(each["met"] is False for each in found["figures"]):
        lines += ["", "Why some goals are not met: [architecture](architecture.md#known-shortfalls)."]
    if any(figure["group"] == "one posting" for figure in found["figures"]):
        lines += ["", "## One posting, by who makes it", "", "![Who makes it](performance-ways.png)"]
    if found["stages"]:
        lines += ["", "## Where the time of a posting goes", "", "![Stages](performance-stages.png)", ""]
        names = list(next(iter(found["stages"].values())))
        lines += [f"| | {' | '.join(names)} |", f"|---|{'--:|' * len(names)}"]
        for site, stages in found["stages"].items():
            lines.append(f"| {site} | {' | '.join(f'{stages[name]:.2f} s' for name in names)} |")
    notes = {each["note"] for each in found["figures"] if each["note"]}
    if notes or found["left_out"]:
        lines += ["", "## Read with care", ""]
        lines += [f"- {note[0].upper()}{note[1:]}." for note in sorted(notes)]
        lines += [f"- Not measured: {what}: {why}." for what, why in found["left_out"].items()]
    return "\n".join(lines) + "\n"


def ways_of(figures: list[Figure]) -> list[tuple[str, float]]:
    """Seconds of one whole posting, by marketplace and who makes it."""
    return [(figure.name, figure.median) for figure in figures if (figure.group, figure.unit) == ("one posting", "s")]


def draw_ways(ways: list[tuple[str, float]], file: Path) -> None:
    """Bars, one for each way to make a posting, those of one marketplace together."""
    if not ways:
        return
    left, width, bar = 340, 1000, 22
    sites = list(dict.fromkeys(name.partition(",")[0] for name, _ in ways))
    image = Image.new("RGB", (width, 30 + len(ways) * (bar + 6) + len(sites) * 14), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    scale = (width - left - 90) / max(seconds for _, seconds in ways)
    kinds = list(dict.fromkeys(name.partition(", ")[2] for name, _ in ways))
    y = 14
    for site in sites:
        for name, seconds in ways:
            if name.partition(",")[0] == site:
                draw.text((12, y + 2), name, fill="black", font=font)
                colour = COLOURS[kinds.index(name.partition(", ")[2]) % len(COLOURS)]
                draw.rectangle((left, y, left + seconds * scale, y + bar), fill=colour)
                draw.text((left + seconds * scale + 8, y + 2), f"{seconds:.1f} s", fill="black", font=font)
                y += bar + 6
        y += 14
    image.save(file)


def draw_stages(stages: dict[str, dict[str, float]], file: Path) -> None:
    """Stacked bars, one per marketplace."""
    if not stages:
        return
    names = list(next(iter(stages.values())))
    bar, gap, left, width = 34, 18, 120, 1000
    height = len(stages) * (bar + gap) + 110
    image = Image.new("RGB", (width, height), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(15)
    longest = max(sum(each.values()) for each in stages.values()) or 1
    scale = (width - left - 90) / longest
    for row, (site, each) in enumerate(stages.items()):
        y = 20 + row * (bar + gap)
        draw.text((12, y + 8), site, fill="black", font=font)
        x = float(left)
        for colour, name in zip(COLOURS, names, strict=False):
            draw.rectangle((x, y, x + each[name] * scale, y + bar), fill=colour)
            x += each[name] * scale
        draw.text((x + 8, y + 8), f"{sum(each.values()):.2f} s", fill="black", font=font)
    x, y = 12.0, height - 70
    for colour, name in zip(COLOURS, names, strict=False):
        needed = 24 + draw.textlength(name, font=font) + 18
        if x + needed > width:
            x, y = 12.0, y + 26
        draw.rectangle((x, y + 3, x + 14, y + 17), fill=colour)
        draw.text((x + 20, y), name, fill="black", font=font)
        x += needed
    image.save(file)
