"""Writes a new marketplace's files from the templates, and its lines into the lists of marketplaces.

Nothing that exists is overwritten: a name that is taken is refused before anything is written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from listing_worker.errors import ConfigurationError
from listing_worker.utils.clock import utc_now

TEMPLATES = Path(__file__).with_name("templates")
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")

# template → where it goes; "" is an empty file
FILES = {
    "recipe.py.txt": "listing_worker/agents/{name}/recipe.py",
    "vocabulary.py.txt": "listing_worker/agents/{name}/vocabulary.py",
    "agent.py.txt": "listing_worker/agents/{name}/agent.py",
    "categories.json.txt": "listing_worker/agents/{name}/categories.json",
    "category_map.json.txt": "listing_worker/agents/{name}/category_map.json",
    "site.py.txt": "listing_worker/sandbox/{name}/site.py",
    "visitor.py.txt": "listing_worker/sandbox/{name}/visitor.py",
    "cases.py.txt": "tests/agents/cases/{name}.py",
    "extension.js.txt": "extension/marketplaces/{name}.js",
}
EMPTY = ("listing_worker/agents/{name}/__init__.py", "listing_worker/sandbox/{name}/__init__.py")


@dataclass(frozen=True)
class NewMarketplace:
    """`host`: where the site is, e.g. "www.depop.com"."""

    name: str
    display_name: str
    host: str

    @property
    def class_name(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def domain(self) -> str:
        """The registrable domain, as far as two labels tell."""
        return ".".join(self.host.split(".")[-2:])

    def fill(self, template: str) -> str:
        return in_order(
            Template(template).substitute(
                name=self.name,
                Name=self.class_name,
                display=self.display_name,
                host=self.host,
                domain=self.domain,
                today=utc_now().date().isoformat(),
            )
        )


def write_marketplace(new: NewMarketplace, root: Path) -> list[Path]:
    """Writes everything under `root` (a checkout) and returns what was written or changed.

    Raises ConfigurationError for a name that cannot be one or is taken, or a checkout that is none.
    """
    if not NAME.fullmatch(new.name):
        raise ConfigurationError("A name is small letters, digits and _, beginning with a letter: NAME=depop.")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", new.host):
        raise ConfigurationError(f"{new.host!r} is no host name. Give the site's, like www.depop.com.")
    written = {path.format(name=new.name): (TEMPLATES / name).read_text("utf-8") for name, path in FILES.items()}
    written |= {path.format(name=new.name): "" for path in EMPTY}
    taken = [path for path in written if (root / path).exists()]
    if taken:
        raise ConfigurationError(f"There is a {new.name} already: {taken[0]}.", action="Choose another name")
    changed = {path: edit(_read(root / path), new) for path, edit in _LISTS.items()}
    for path, text in (*((path, new.fill(text)) for path, text in written.items()), *changed.items()):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return [root / path for path in (*written, *changed)]


def in_order(text: str) -> str:
    """With our own modules' imports sorted: where the new one comes depends on its name."""
    block = re.search(r"(?:^from listing_worker\.[^\n(]*(?:\([^)]*\))?\n)+", text, re.MULTILINE)
    if block is None:
        return text
    imports = re.findall(r"^from .*?(?:\([^)]*\))?\n", block[0], re.MULTILINE)
    return text[: block.start()] + "".join(sorted(imports, key=lambda one: one.split()[1])) + text[block.end() :]


def _read(file: Path) -> str:
    if not file.is_file():
        raise ConfigurationError(f"{file} is not there. Run this in a checkout of the project.")
    return file.read_text(encoding="utf-8")


def _agents_line(text: str, new: NewMarketplace) -> str:
    line = f'    "{new.name}": ("listing_worker.agents.{new.name}.agent", "{new.class_name}Agent"),\n'
    return _before_end(text, "AGENTS = {\n", "}\n", line)


def _sites_line(text: str, new: NewMarketplace) -> str:
    line = f'    "{new.name}": "listing_worker.sandbox.{new.name}.site:{new.class_name}Site",\n'
    return _before_end(text, "SITES = {\n", "}\n", line)


def _extension_lines(text: str, new: NewMarketplace) -> str:
    imports = [found.end() for found in re.finditer(r"^import .*'\.\./marketplaces/.*\n", text, re.MULTILINE)]
    listed = re.search(r"(MARKETPLACES = \[[^\]]*)\]", text)
    if not imports or listed is None:
        raise ConfigurationError("extension/src/marketplaces.js does not look as expected.")
    text = f"{text[: listed.end(1)]}, {new.name}{text[listed.end(1) :]}"
    return f"{text[: imports[-1]]}import {new.name} from '../marketplaces/{new.name}.js';\n{text[imports[-1] :]}"


def _host_permission(text: str, new: NewMarketplace) -> str:
    listed = re.search(r'"optional_host_permissions": \[[^\]]*?(?=\s*\])', text)
    if listed is None:
        raise ConfigurationError("extension/manifest.json does not look as expected.")
    return f'{text[: listed.end()]},\n    "*://*.{new.domain}/*"{text[listed.end() :]}'


def _before_end(text: str, start: str, end: str, line: str) -> str:
    begins = text.find(start)
    ends = text.find(end, begins)
    if begins < 0 or ends < 0:
        raise ConfigurationError(f"The list {start.strip()!r} was not found.")
    return text[:ends] + line + text[ends:]


_LISTS = {
    "listing_worker/agents/registry.py": _agents_line,
    "listing_worker/sandbox/registry.py": _sites_line,
    "extension/src/marketplaces.js": _extension_lines,
    "extension/manifest.json": _host_permission,
}
