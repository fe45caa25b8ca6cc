"""The eight rules of design §4, each broken on purpose, and how; for postings and for operations on live ones.

`sql` rewrites the text of the migrations; `broken` switches a rule off in the simulated worker (tests/crash/play.py).
A campaign that does not notice one of these proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST_SEED = 7_000_000


@dataclass(frozen=True)
class Mutation:
    """One rule broken. `sql`: pairs of text in the migrations and what stands there instead; each must be found.

    `shown_by`: the seed of a schedule that is known to show it. The search begins there, only to end sooner.
    """

    rule: int
    name: str
    shown_by: int = FIRST_SEED
    sql: tuple[tuple[str, str], ...] = ()
    broken: frozenset[str] = frozenset()

    def change(self, text: str) -> str:
        for old, new in self.sql:
            text = text.replace(old, new)
        return text


MUTATIONS = (
    Mutation(
        1,
        "a leased posting can be claimed again",
        7_000_005,
        sql=(("if v.lease_until > v_now then\n    return", "if false then\n    return"),),
    ),
    Mutation(
        1,
        "a posting found publishing is run again instead of looked for",
        7_000_007,
        sql=(
            (
                "state = case when state in ('publishing', 'uncertain') then 'uncertain' else 'running' end",
                "state = 'running'",
            ),
        ),
    ),
    Mutation(2, "nothing is read back before publishing", 7_000_014, broken=frozenset({"read_back"})),
    Mutation(3, "no intent is committed", 7_000_001, broken=frozenset({"intent"})),
    Mutation(4, "no self-fence", 7_000_080, broken=frozenset({"self_fence"})),
    Mutation(5, "pressed twice when no answer comes", 7_000_007, broken=frozenset({"press_twice"})),
    Mutation(6, "no settle time", 7_000_164, broken=frozenset({"settle"})),
    Mutation(
        7,
        "a stale fence can write",
        7_000_108,
        sql=(
            ("if v.id is null or v.fence <> p_fence or v.lease_until is null then", "if v.id is null then"),
            (
                "where id = v_id and fence = p_fence and state = 'running' and lease_until > v_now and not",
                "where id = v_id and state = 'running' and not",
            ),
            ("as_uuid(p_posting_id) and fence = p_fence and lease_until", "as_uuid(p_posting_id) and lease_until"),
        ),
    ),
    Mutation(
        8,
        "a listing can have two open postings on one marketplace",
        7_000_001,
        sql=(
            ("create unique index one_open_posting", "create index one_open_posting"),
            ("and state not in ('failed', 'cancelled', 'delisted')\n      for update;\n      if found then",
             "and state not in ('failed', 'cancelled', 'delisted')\n      for update;\n      if false then"),
        ),
    ),
)  # fmt: skip

OPERATION_MUTATIONS = (
    Mutation(
        1,
        "a leased operation can be claimed again",
        sql=(("if v.lease_until > v_now then\n    return", "if false then\n    return"),),
    ),
    Mutation(
        1,
        "an operation found acting is done again instead of looked for",
        sql=(("state = case when intent is null then 'running' else 'uncertain' end", "state = 'running'"),),
    ),
    Mutation(2, "nothing is read back before pressing", broken=frozenset({"read_back"})),
    Mutation(2, "pressed without a look how it stands", broken=frozenset({"look_first"})),
    Mutation(3, "no intent is committed", broken=frozenset({"intent"})),
    Mutation(4, "no self-fence", broken=frozenset({"self_fence"})),
    Mutation(5, "pressed twice when no answer comes", broken=frozenset({"press_twice"})),
    Mutation(5, "the press is believed without a look", broken=frozenset({"look_after"})),
    Mutation(6, "no settle time", broken=frozenset({"settle"})),
    Mutation(
        6,
        "what was sold after the press is taken for proof that the press did nothing",
        broken=frozenset({"overtaken"}),
        shown_by=FIRST_SEED + 61,
    ),
    Mutation(
        7,
        "a stale fence can write",
        sql=(
            ("if v.id is null or v.fence <> p_fence or v.lease_until is null then", "if v.id is null then"),
            (
                "where id = v_id and fence = p_fence and state = 'running' and lease_until > v_now and not",
                "where id = v_id and state = 'running' and not",
            ),
            ("as_uuid(p_operation_id) and fence = p_fence and lease_until", "as_uuid(p_operation_id) and lease_until"),
        ),
    ),
    Mutation(
        8,
        "a posting can have two open operations",
        sql=(
            ("create unique index one_open_operation", "create index one_open_operation"),
            ("and state not in ('done', 'failed', 'cancelled') for update;\n  if found then",
             "and state not in ('done', 'failed', 'cancelled') for update;\n  if false then"),
        ),
    ),
)  # fmt: skip
