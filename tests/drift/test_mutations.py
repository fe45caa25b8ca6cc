"""The generator of mutations: by seed alone, every kind on every form."""

from __future__ import annotations

import json
from pathlib import Path

from tests.drift.fields import FORMS
from tests.drift.mutations import KINDS, draw
from tests.drift.play import Played
from tests.drift.tally import Parts, result

ROUND = len(FORMS) * len(KINDS)


def test_a_seed_always_draws_the_same_form() -> None:
    assert [draw(seed) for seed in range(60)] == [draw(seed) for seed in range(60)]


def test_every_kind_of_mutation_comes_on_every_form_and_changes_something() -> None:
    drawn = [draw(seed) for seed in range(ROUND)]
    without_fold = {form.marketplace for form in FORMS if not form.fold}
    expected = {(kind, form.marketplace) for kind in KINDS for form in FORMS}
    expected -= {("steps_joined", name) for name in without_fold}
    assert {(one.kind, one.form.marketplace) for one in drawn} == expected
    assert all(one.changed and one.mutations for one in drawn)
    assert all(set(one.changed) <= {field.name for field in one.form.fields} for one in drawn)


def test_a_run_that_was_stopped_goes_on_and_counts_every_form_once(tmp_path: Path) -> None:
    first, second = draw(0), draw(1)
    parts = Parts(tmp_path / "run.jsonl", keep=False)
    parts.add("none", Played(first, {"title": "right", "price": "wrong"}, {"title": "T1"}, details={"price": "9"}))
    parts = Parts(tmp_path / "run.jsonl", keep=True)
    assert parts.has("none", first.seed) and not parts.has("none", second.seed)
    parts.add("none", Played(second, {"title": "refused"}))
    found = json.loads(json.dumps(result(parts, {first.seed, second.seed}, seed=1)))
    assert found["totals"] == {
        "forms": 2, "fields": 3, "right_without_model": 1, "right": 1, "refused": 1, "wrong": 1,
    }  # fmt: skip
    assert [(one["field"], one["verdict"]) for one in found["modes"]["none"]["not_right"]] == [
        ("price", "wrong"),
        ("title", "refused"),
    ]
