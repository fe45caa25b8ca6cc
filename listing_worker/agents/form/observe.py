"""Reading one field from the page, without changing it: what it says now, and by which candidate it was found."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.async_api import Locator

from listing_worker.agents.form.compare import clean, meant_text, words_of
from listing_worker.agents.form.form import Form
from listing_worker.agents.form.glimpse import Wanted
from listing_worker.agents.form.locate import Words, choices, look_and_read, visible_matches
from listing_worker.agents.form.steps import (
    AnyStep,
    Choose,
    Planned,
    Read,
    ReadBy,
    Step,
    Upload,
    When,
)
from listing_worker.agents.form.targets import Target
from listing_worker.errors import FieldNotFound, FormChanged

ABSENT = "absent"  # found_by of a field that the form does not have and need not have
NONE_CHOSEN = "no match: none"  # the form says "no brand" or the like, where our word was not to be had
NOT_FOUND = "(not found)"

READ = r"""(e, [how, attribute]) => {
  const text = n => n.tagName === 'SELECT' ? (n.selectedOptions[0]?.textContent ?? '').trim()
    : ('value' in n && ['INPUT', 'TEXTAREA'].includes(n.tagName)) ? n.value : n.innerText;
  const checked = n => {
    const box = n.tagName === 'INPUT' ? n : (n.control ?? n.querySelector('input[type=checkbox],input[type=radio]'));
    for (const a of ['aria-checked', 'aria-pressed', 'aria-selected'])
      if (n.hasAttribute(a)) return n.getAttribute(a) === 'true';
    return box ? box.checked : n.querySelector('[aria-checked=true],[aria-pressed=true],[aria-selected=true]') !== null;
  };
  const plain = html => {
    let out = '';
    const block = /^(P|DIV|LI|UL|OL|TR|H[1-6]|BLOCKQUOTE|PRE)$/;
    const walk = n => {
      if (n.nodeType === 3) { out += n.data; return; }
      if (n.nodeName === 'BR') { out += '\n'; return; }
      const own = block.test(n.nodeName);
      if (own && out && !out.endsWith('\n')) out += '\n';
      n.childNodes.forEach(walk);
      if (own && !out.endsWith('\n')) out += '\n';
    };
    walk(new DOMParser().parseFromString(html, 'text/html').body);
    return out;
  };
  if (how === 'attribute' || how === 'attributes') return e.getAttribute(attribute) ?? '';
  if (how === 'checked' || how === 'chosen') return checked(e) ? 'true' : 'false';
  if (how === 'html_text') return plain('value' in e ? e.value : e.innerHTML);
  return text(e) ?? '';
}"""
_READ_ALL = f"(all, how) => {{ const read = {READ}; return all.map(e => read(e, how)); }}"

# photos that are there and shown: see Upload.loaded
_LOADED = r"""(all, how) => all.filter(e => {
  const box = e.getBoundingClientRect();
  if (!(e.checkVisibility({visibilityProperty: true}) && box.width > 0 && box.height > 0)) return false;
  if (how === 'any') return true;
  if (how === 'image') {
    const image = e.tagName === 'IMG' ? e : e.querySelector('img');
    return image !== null && image.complete && image.naturalWidth > 0;
  }
  const sources = [e, ...e.querySelectorAll('*')].map(n => getComputedStyle(n).backgroundImage);
  return sources.some(s => /url\(/.test(s) && !/url\("?blob:/.test(s));
}).length"""


@dataclass(frozen=True)
class Observed:
    """What a field says, and by which candidate it was found ("absent": the form does not have it)."""

    value: str | list[str]
    found_by: str

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ", ".join(self.value)


async def read_value(locator: Locator, read: Read) -> str:
    """One element, read as `read.by` says; "" where it has gone."""
    values: list[str] = await locator.evaluate_all(_READ_ALL, [read.by.value, read.attribute])
    return clean(values[0], read) if values else ""


async def holds(form: Form, when: When | None) -> bool:
    """Whether a step's condition holds on the page as it stands."""
    if when is None:
        return True
    if when.visible is not None and not await form.shows(when.visible):
        return False
    return when.absent is None or not await form.shows(when.absent)


def own_target(step: Step | AnyStep) -> Target | None:
    """The control a step is about, where it has one."""
    return getattr(step, "at", None)


async def observe(form: Form, step: Step, planned: Planned, read: Read, words: Words | None = None) -> Observed:
    """Reads one field now. Raises FieldNotFound if it is not there."""
    words = words_of(planned) if words is None else words
    target = read.at or own_target(step)
    by = read.by
    if by is ReadBy.UNREADABLE:
        return Observed(meant_text(planned, read), "the form does not show it")
    if by is ReadBy.SPECIAL:
        method = getattr(form.special, f"read_{step.field}")
        return Observed(await method(form.page, planned), f"read_{step.field}")
    if isinstance(step, Upload):
        count, found_by = await count_uploaded(form, step)
        return Observed(str(count), found_by)
    if isinstance(step, Choose) and (by is ReadBy.CHOSEN or (target is None and by is ReadBy.TEXT)):
        return await _observe_chosen(form, step, planned, words)
    if target is None:
        raise FormChanged(f"{step.field}: the recipe does not say how it is read.", field=step.field)
    if by in {ReadBy.TEXTS, ReadBy.ATTRIBUTES, ReadBy.COUNT}:
        matches = await visible_matches(form.page, target, words)
        if by is ReadBy.COUNT:
            return Observed(str(await matches.count() if matches else 0), str(target))
        many: list[str] = await matches.evaluate_all(_READ_ALL, [by.value, read.attribute]) if matches else []
        return Observed([clean(one, read) for one in many], str(target))
    told, value = await read_one(form, target, words, by, read.attribute)
    if told.found_by is None:
        raise FieldNotFound(f"{step.field}: nothing to read it from: {told.looked}.", field=step.field)
    return Observed(clean(value, read), told.found_by)


@dataclass(frozen=True)
class Told:
    """By which candidate a control was found (None: by none), and what was looked for."""

    found_by: str | None
    looked: str = ""


async def read_one(form: Form, target: Target, words: Words, by: ReadBy, attribute: str = "") -> tuple[Told, str]:
    """One control's text: as just read with all others, or read now."""
    seen = form.glimpses.get(Wanted(target.filled(words), by.value, attribute)) if form.glimpses else None
    if seen is not None:
        return Told(seen.found_by), seen.value
    look, value = await look_and_read(form.page, target, words, READ, [by.value, attribute])
    if look.found is not None:
        form.note_found(target, words, look.found)
    return Told(look.found.candidate if look.found else None, str(look)), value or ""


async def _observe_chosen(form: Form, step: Choose, planned: Planned, words: Words) -> Observed:
    if step.option is None:
        raise FormChanged(f"{step.field}: the recipe has no option to read.", field=step.field)
    option = step.option.model_copy(update={"hidden": False})
    told, state = await read_one(form, option, words, ReadBy.CHOSEN)
    if told.found_by is None:
        raise FieldNotFound(f"{step.field}: no option {words.get('value')!r} to read.", field=step.field)
    return Observed(words.get("value", "") if state == "true" else "(not chosen)", told.found_by)


async def count_uploaded(form: Form, step: Upload) -> tuple[int, str]:
    """How many photos the form holds, uploaded completely."""
    for name, locator in choices(form.page, step.uploaded):
        count: int = await locator.evaluate_all(_LOADED, step.loaded)
        if count:
            return count, name
    return 0, str(step.uploaded)
