"""The step kinds of a form, as frozen typed data: what is filled, where, how it is read back and compared.

A step serves one planned field (`field`); steps whose field is not in the plan are skipped, so a recipe lists every
field the marketplace has, in page order. Which words go in is the vocabulary's business: `Planned.value` is already in
the marketplace's words. Times are milliseconds. Every wait is for a condition, never for time to pass.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from listing_worker.agents.form.reading import Compare, Planned, Read, ReadBy, Value, When
from listing_worker.agents.form.targets import Match, Target
from listing_worker.models import Frozen

__all__ = ["Compare", "Planned", "Read", "ReadBy", "Value", "When"]  # and the steps below


class Step(Frozen):
    """What all steps share.

    `field`: the planned field. `required`: the form must have it; False = some forms do not have it, then it is
    skipped and reported as absent. `when`: the step applies only if this holds at its turn. `after`: must be visible
    before the step counts as done (post-condition). `timeout`: for the whole step.
    """

    field: str
    required: bool = True
    when: When | None = None
    after: Target | None = None
    timeout: int = 10_000


class Fill(Step):
    """A text input or textarea. `keys`: typed key by key, for fields that ignore a value set at once."""

    kind: Literal["fill"] = "fill"
    at: Target
    keys: bool = False
    blur: bool = False
    read: Read = Read()


class FillMasked(Step):
    """An input that formats while one types (money): select all, delete, type, leave the field."""

    kind: Literal["fill_masked"] = "fill_masked"
    at: Target
    read: Read = Read(compare=Compare.MONEY)


class FillRich(Step):
    """A contenteditable, maybe in an iframe (`at` has the frame). Left by blur, on which its mirror is written.

    Give `read` the mirror (`Read(by=ReadBy.HTML_TEXT, at=…)`) where there is one: the mirror is what is sent.
    """

    kind: Literal["fill_rich"] = "fill_rich"
    at: Target
    read: Read = Read(by=ReadBy.TEXT, compare=Compare.WORDS)


class Choose(Step):
    """One of several: a native select, a radio group, or a button that opens a menu.

    - native select: `at` is the select, no `option`; chosen by label, compared by `match`.
    - radio group: only `option` (a template), no `at`.
    - menu: `at` opens it, `option` is searched once it is open; not clicked if the menu is open already. `menu` is the
      open menu, where it is needed to tell. `search`: a box in the menu to type into. `done`: a button to press after.
    `same_options`: options with equal text count as one (some sites list one twice). `opens_itself`: the menu opens by
    itself after the step before; it gets a moment to do so, because a press just then would close it again.
    A form that already shows the value is left alone.
    """

    kind: Literal["choose"] = "choose"
    at: Target | None = None
    option: Target | None = None
    menu: Target | None = None
    search: Target | None = None
    done: Target | None = None
    same_options: bool = False
    match: Match = Match.EXACT
    opens_itself: bool = False
    read: Read = Read(by=ReadBy.TEXT, compare=Compare.WORDS)


class Level(Frozen):
    """One level of a cascade. `option` is a template filled with this level's word ({value}); `opener` is pressed if
    the option does not show by itself."""

    option: Target
    opener: Target | None = None
    search: Target | None = None


class Cascade(Step):
    """A drill-down: one word per level, as many as planned. `at` opens it; `reset` leads back to the first level
    (pressed if the first option does not show); `done` is pressed at the end if it is visible; `closed` must be gone.
    """

    kind: Literal["cascade"] = "cascade"
    at: Target | None = None
    levels: tuple[Level, ...]
    reset: Target | None = None
    done: Target | None = None
    closed: Target | None = None
    read: Read = Read(by=ReadBy.TEXT, compare=Compare.WORDS, expect="{path}")


class Typeahead(Step):
    """Typed by keys, then the suggestion that matches exactly is picked (`suggestion`, a template).

    If it does not come within `suggestion_timeout`, or `no_match` shows before: `otherwise` = "free_text" (what was
    typed stays; `commit` key such as "Enter" is pressed, else the field is left), "none" (`none` is pressed, e.g. "No
    brand"; counts as done, the report says so) or "fail" (OptionNotFound).
    """

    kind: Literal["typeahead"] = "typeahead"
    at: Target
    suggestion: Target
    suggestion_timeout: int = 3_000
    no_match: Target | None = None
    otherwise: Literal["free_text", "none", "fail"] = "fail"
    none: Target | None = None
    commit: str = ""
    read: Read = Read(compare=Compare.LOOSE)
    none_read: Read | None = Field(default=None, description="how the no-brand state is read, if it can be")


class Tiles(Step):
    """Several of many: `at` opens, `tile` (template) is pressed for each value, `done` closes. `chosen` = tiles that
    are chosen already (each is pressed once to clear it, if it is not wanted)."""

    kind: Literal["tiles"] = "tiles"
    at: Target | None = None
    tile: Target
    chosen: Target | None = None
    done: Target | None = None
    read: Read = Read(by=ReadBy.TEXT, compare=Compare.SET, split=",")


class Tokens(Step):
    """A token input: each value is typed and committed by a key. `tokens` = the ones there (their texts are read)."""

    kind: Literal["tokens"] = "tokens"
    at: Target
    suggestion: Target | None = None
    commit: str = "Enter"
    read: Read


class Dialog(Frozen):
    """A dialog that a step brings up, and the button that settles it. `expected`: it surely comes, wait for it."""

    name: str
    sign: Target
    press: Target
    expected: bool = False


class Upload(Step):
    """Photos into a file input, in order.

    `uploaded` matches every photo that is there (read by COUNT); `loaded`: "image" = an <img> that is complete with a
    width; "background" = has a CSS background image that is no blob:; "any" = being there is enough.
    `one_by_one`: set one file, wait for the count, then the next. `dialogs` are settled while waiting. `failed` is a
    sign that an upload failed (a refused or broken request is one too): photos are counted and what is certainly
    missing is set again, at most `tries` times in all. `remove` takes one photo out (any of its matches): with it, a
    set of photos that arrived in part is taken out and sent anew, one by one. `busy`: must be gone before it is done.
    `background`: once the files are set and the expected dialogs settled, further fields are filled while the photos
    travel; they are counted after the last step. Of those sent `one_by_one`, the next is set between two fields.
    """

    kind: Literal["upload"] = "upload"
    field: str = "photos"
    at: Target
    uploaded: Target
    loaded: Literal["image", "background", "any"] = "image"
    one_by_one: bool = False
    dialogs: tuple[Dialog, ...] = ()
    failed: Target | None = None
    remove: Target | None = None
    background: bool = False
    busy: Target | None = None
    tries: int = 3
    timeout: int = 120_000
    read: Read = Read(by=ReadBy.COUNT, compare=Compare.NUMBER)


class Toggle(Step):
    """A switch: pressed only if its state is not the wanted one. `press` is what to press, where it is not `at`;
    `confirm` is a button that may be asked for."""

    kind: Literal["toggle"] = "toggle"
    at: Target
    press: Target | None = None
    confirm: Target | None = None
    read: Read = Read(by=ReadBy.CHECKED)


class Reveal(Frozen):
    """Opens a collapsed part of the form (`at`) unless `shows` is visible; skipped if none of `fields` is planned."""

    kind: Literal["reveal"] = "reveal"
    at: Target
    shows: Target
    fields: tuple[str, ...]
    required: bool = True
    when: When | None = None
    timeout: int = 10_000


class Await(Frozen):
    """Waits until `visible` shows and `gone` is gone. `required=False`: goes on after `timeout`."""

    kind: Literal["await"] = "await"
    visible: Target | None = None
    gone: Target | None = None
    required: bool = True
    when: When | None = None
    timeout: int = 10_000


class Modal(Frozen):
    """A dialog holding fields: `at` opens `panel`, inner `steps` run, `done` is pressed, the panel goes.

    Skipped if no inner field is planned. Inner steps are read back inside the panel on the spot. Afterwards those
    with `read.at` outside are read there; with `reopen=True` the panel is opened once more, read, and left by `close`.
    """

    kind: Literal["modal"] = "modal"
    at: Target
    panel: Target
    steps: tuple[AnyStep, ...]
    done: Target
    close: Target | None = None
    reopen: bool = False
    required: bool = True
    when: When | None = None
    timeout: int = 15_000


class Page(Frozen):
    """One page of a wizard, known by its `sign`. `steps` run, then `next` is pressed."""

    name: str
    sign: Target
    steps: tuple[AnyStep, ...] = ()
    next: Target | None = None


class Wizard(Step):
    """Named pages in whatever order the site shows them, until `finished` is visible (and `panel`, if given, is gone).

    `field` is the field that the wizard settles; it is read by `read` at the end. `fields` = further planned fields
    its pages need. Opened by `at`; a page shown more than three times is FormChanged.
    """

    kind: Literal["wizard"] = "wizard"
    at: Target
    panel: Target | None = None
    pages: tuple[Page, ...]
    finished: Target
    timeout: int = 30_000
    read: Read = Read(by=ReadBy.TEXT, compare=Compare.CONTAINS)


class Specifics(Step):
    """Rows with a name and a value control, such as item specifics. Value: {name: (values…)}; one report per row.

    `row` is a template over {name}; `opener`, `input`, `search`, `option`, `own` are searched inside the row unless
    `menu` is given, inside which search, option and own are then. `input`: the row's plain text input, used when the
    row has no `opener`. Options are picked by exact text; if there is none, `own` (add custom value) or Enter.
    `toggle` (template): one button per value right in the row, on rows that have no menu; `toggled`: the pressed ones.
    `more` shows further rows and is pressed once if a row is missing. `read` is inside the row. Rows in `optional`
    mode (`required=False`) that the form does not have are reported as absent.
    """

    kind: Literal["specifics"] = "specifics"
    row: Target
    opener: Target | None = None
    input: Target | None = None
    menu: Target | None = None
    search: Target | None = None
    option: Target
    own: Target | None = None
    toggle: Target | None = None
    toggled: Target | None = None
    more: Target | None = None
    closes_itself: bool = Field(default=True, description="a single-value menu closes on a pick; else Escape")
    timeout: int = 15_000
    read: Read = Read(by=ReadBy.TEXT, compare=Compare.SET, split=",")


class OneOf(Frozen):
    """Form variants of one field: the first step whose `when.visible` (or else `at`) shows is used."""

    kind: Literal["one_of"] = "one_of"
    steps: tuple[AnyStep, ...] = Field(min_length=2)
    required: bool = True
    when: When | None = None
    timeout: int = 10_000


class Special(Step):
    """Filled by the agent's own method `fill_<field>(page, planned)` and read by `read` (SPECIAL by default)."""

    kind: Literal["special"] = "special"
    read: Read = Read(by=ReadBy.SPECIAL)


AnyStep = Annotated[
    Fill
    | FillMasked
    | FillRich
    | Choose
    | Cascade
    | Typeahead
    | Tiles
    | Tokens
    | Upload
    | Toggle
    | Reveal
    | Await
    | Modal
    | Wizard
    | Specifics
    | OneOf
    | Special,
    Field(discriminator="kind"),
]

for _recursive in (Modal, Page, Wizard, OneOf):
    _recursive.model_rebuild()
