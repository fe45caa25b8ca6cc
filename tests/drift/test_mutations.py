"""The generator of mutations: by seed alone, every kind on every form."""

from __future__ import annotations

from tests.drift.mutations import KINDS, draw


def test_a_seed_always_draws_the_same_form() -> None:
    assert [draw(seed) for seed in range(60)] == [draw(seed) for seed in range(60)]


def test_every_kind_of_mutation_comes_on_every_form_and_changes_something() -> None:
    drawn = [draw(seed) for seed in range(3 * len(KINDS))]
    assert {(one.kind, one.form.marketplace) for one in drawn} == {
        (kind, name) for kind in KINDS for name in ("mercari", "poshmark", "ebay")
    }
    assert all(one.changed and one.mutations for one in drawn)
    assert all(set(one.changed) <= {field.name for field in one.form.fields} for one in drawn)
