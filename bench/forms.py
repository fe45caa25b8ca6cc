"""The engine on forms that it has no recipe for: all numbers, printed and written to .run/forms/result.json.

    python -m bench.forms [--part miniwob] [--episodes 10]      (make forms; make corpora fetches what it needs)

Ends with 1 if a single field or task was wrong. A part that is run alone replaces only its own numbers in the file.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bench import component_forms, labelled_forms, match_speed, miniwob
from bench.corpora import LIBRARIES, built
from bench.tally import Tally, table_of, totals

RESULT = Path(".run/forms/result.json")
PARTS = ("labelled", "components", "miniwob", "speed")


def told(title: str, tallies: list[Tally]) -> dict[str, Any]:
    print(table_of(tallies))
    return {"title": title, "totals": totals(tallies), "tallies": [tally.as_dict() for tally in tallies]}


async def measure(part: str, episodes: int) -> dict[str, Any]:
    match part:
        case "labelled":
            print("Pages of our own (tests/forms), by field:")
            return told("labelled pages", await labelled_forms.run())
        case "components":
            print("Material UI, Ant Design, Radix, by field:")
            if not built():
                raise SystemExit("The component libraries are not built yet: make corpora")
            return told("component libraries", await component_forms.run(list(LIBRARIES)))
        case "miniwob":
            print(f"MiniWoB++ form tasks, {episodes} episodes each:")
            return told("MiniWoB++", await miniwob.run(episodes))
        case _:
            print("Look and match on the replicas:")
            return {"title": "speed", "replicas": await match_speed.run(15)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", action="append", choices=PARTS)
    parser.add_argument("--episodes", type=int, default=10)
    options = parser.parse_args()
    result: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.is_file() else {}
    for part in options.part or PARTS:
        result[part] = asyncio.run(measure(part, options.episodes))
    counted = [one["totals"] for part, one in result.items() if part in PARTS and "totals" in one]
    result["totals"] = {key: sum(one[key] for one in counted) for key in ("total", "right", "refused", "wrong")}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")
    print(f"All: {result['totals']}. Written to {RESULT}")
    return 1 if result["totals"]["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
