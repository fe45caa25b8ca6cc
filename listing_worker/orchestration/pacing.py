"""How fast one seller account may post to one marketplace: minimum spacing, and caps by the hour and by the day.

GCRA (the generic cell rate algorithm) in Redis: per rule one number, the theoretical arrival time. A new press is
allowed when every rule allows it; otherwise the answer is the turn in line, so that a hundred waiting postings come
back one by one instead of all at once. A lost Redis is made good from Postgres, which knows every intent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError

from listing_worker.agents.recipe import Pacing
from listing_worker.errors import Paced
from listing_worker.settings import Settings

HOUR, DAY = 3600.0, 86_400.0
MEMORY = 2 * DAY  # what is recalled from Postgres; twice the longest window, so that nothing older can matter
TOLERANCE = 0.001  # seconds a turn may be early: clocks are read in fractions

# KEYS: marker, line, one per rule. ARGV: now ('' = the server's clock), take (1 or 0), then per rule: interval, burst.
# The first rule's interval is also the distance between two turns in line.
# Answers microseconds to wait as text; '0' = go; 'unknown' = nothing is remembered of this account.
_SCRIPT = """
local now = tonumber(ARGV[1])
if not now then
  local t = redis.call('TIME')
  now = tonumber(t[1]) + tonumber(t[2]) / 1000000
end
local take = ARGV[2] == '1'
if redis.call('EXISTS', KEYS[1]) == 0 then return 'unknown' end
local earliest = now
for i = 3, #KEYS do
  local interval, burst = tonumber(ARGV[i * 2 - 3]), tonumber(ARGV[i * 2 - 2])
  local tat = tonumber(redis.call('GET', KEYS[i]) or 0)
  earliest = math.max(earliest, tat - interval * (burst - 1))
end
if earliest > now + TOLERANCE then
  local turn = earliest
  local last = tonumber(redis.call('GET', KEYS[2]) or 0)
  if last > now then turn = math.max(turn, last + tonumber(ARGV[3])) end
  redis.call('SET', KEYS[2], string.format('%.6f', turn), 'PX', math.ceil((turn - now) * 1000) + 1000)
  return string.format('%.6f', turn - now)
end
if take then
  for i = 3, #KEYS do
    local interval = tonumber(ARGV[i * 2 - 3])
    local tat = math.max(now, tonumber(redis.call('GET', KEYS[i]) or 0)) + interval
    redis.call('SET', KEYS[i], string.format('%.6f', tat), 'PX', math.ceil((tat - now) * 1000) + 1000)
  end
end
return '0'
""".replace("TOLERANCE", str(TOLERANCE))


@dataclass(frozen=True)
class Rule:
    """`interval` seconds for each press, after `burst` at once."""

    name: str
    interval: float
    burst: int
    says: str


def capped(name: str, cap: int, window: float, says: str) -> Rule:
    """A rule under which no window of `window` seconds, wherever it begins, holds more than `cap` presses.

    A quarter of the cap may come at once; the rest is spread so that burst and spread together meet the cap.
    """
    burst = max(1, cap // 4)
    return Rule(name, (window + 10 * TOLERANCE) / (cap - burst + 1), burst, says)


def rules_for(pacing: Pacing, *, rate_limit: int | None = None, draw: float = 0.5) -> tuple[Rule, ...]:
    """The rules of one marketplace. `rate_limit` replaces the recipe's hourly cap, or its daily one if it has no
    hourly; `draw` in [0, 1) places the spacing within the recipe's range, so that presses do not tick like a clock."""
    low, high = pacing.between_postings
    per_hour, per_day = pacing.per_hour, pacing.per_day
    if rate_limit is not None:
        per_hour, per_day = (rate_limit, per_day) if per_hour is not None else (None, rate_limit)
    spacing = low + (high - low) * draw
    rules = [Rule("spacing", max(spacing, 0.001), 1, f"at least {spacing:.0f} s between two listings")]
    if per_hour is not None:
        rules.append(capped("hour", per_hour, HOUR, f"at most {per_hour} listings an hour"))
    if per_day is not None:
        rules.append(capped("day", per_day, DAY, f"at most {per_day} listings a day"))
    return tuple(rules)


class RedisPacing:
    """Pacing of all accounts. `intents_since(user_id, marketplace, seconds)` gives ages in seconds, oldest first."""

    def __init__(
        self,
        redis: Redis,
        intents_since: Callable[[str, str, float], Sequence[float]],
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`clock`: seconds since the epoch; without it the Redis server's own, one clock for all workers."""
        self._redis = redis
        self._script = redis.register_script(_SCRIPT)
        self._intents_since = intents_since
        self._clock = clock

    def wait(self, user_id: str, marketplace: str, rules: Sequence[Rule]) -> float:
        """Seconds until this account may press again (its turn in line); 0 = now. Takes nothing."""
        return self._ask(user_id, marketplace, rules, take=False)

    def take(self, user_id: str, marketplace: str, rules: Sequence[Rule]) -> float:
        """0 and the press is counted, or the seconds to wait and it is not."""
        return self._ask(user_id, marketplace, rules, take=True)

    def _ask(self, user_id: str, marketplace: str, rules: Sequence[Rule], *, take: bool) -> float:
        try:
            answer = self._run(user_id, marketplace, rules, take=take)
            if answer == "unknown":
                self._recall(user_id, marketplace, rules)
                answer = self._run(user_id, marketplace, rules, take=take)
        except RedisError:  # a press goes to Postgres first in any case; so its memory is enough
            return wait_by_ages(rules, self._intents_since(user_id, marketplace, MEMORY))
        return 0.0 if answer == "unknown" else float(answer)

    def _run(self, user_id: str, marketplace: str, rules: Sequence[Rule], *, take: bool) -> str:
        base = f"lw:pacing:{{{user_id}:{marketplace}}}"
        keys = [f"{base}:known", f"{base}:line", *(f"{base}:{rule.name}" for rule in rules)]
        now = "" if self._clock is None else repr(self._clock())
        numbers = [number for rule in rules for number in (rule.interval, rule.burst)]
        answer = self._script(keys=keys, args=[now, int(take), *numbers])
        return answer.decode() if isinstance(answer, bytes) else str(answer)

    def _recall(self, user_id: str, marketplace: str, rules: Sequence[Rule]) -> None:
        """What Postgres knows of the last day, as theoretical arrival times. Also for an account seen first."""
        ages = self._intents_since(user_id, marketplace, MEMORY)
        now = self._clock() if self._clock is not None else _server_time(self._redis)
        base = f"lw:pacing:{{{user_id}:{marketplace}}}"
        pipeline = self._redis.pipeline(transaction=True)
        for rule in rules:
            arrival = now + arrival_by_ages(rule, ages)
            if arrival > now:
                pipeline.set(f"{base}:{rule.name}", f"{arrival:.6f}", px=int((arrival - now) * 1000) + 1000, nx=True)
        pipeline.set(f"{base}:known", "1", ex=int(2 * DAY))
        pipeline.execute()


def arrival_by_ages(rule: Rule, ages: Sequence[float]) -> float:
    """The theoretical arrival time in seconds from now, after presses of these ages (oldest first)."""
    arrival = rule.interval * rule.burst - MEMORY  # the most that older presses can have left behind
    for age in ages:
        arrival = max(-age, arrival) + rule.interval
    return arrival


def wait_by_ages(rules: Sequence[Rule], ages: Sequence[float]) -> float:
    """Seconds until every rule allows a press, from the ages of former ones alone."""
    return max([0.0, *(arrival_by_ages(rule, ages) - rule.interval * (rule.burst - 1) for rule in rules)])


def paced(display_name: str, wait: float, rules: Sequence[Rule], now: datetime | None = None) -> Paced:
    """What the seller reads while a posting waits for its turn."""
    until = (now or datetime.now(UTC)) + timedelta(seconds=wait)
    pace = " and ".join(rule.says for rule in rules)
    return Paced(
        f"Waiting for its turn: {display_name} gets {pace} from one account. Goes on at {until:%H:%M:%S} UTC.",
        seconds=wait,
        action="Nothing to do: it goes on by itself",
    )


def rules_of_account(pacing: Pacing, marketplace: str, settings: Settings) -> tuple[Rule, ...]:
    """The rules that hold for a posting now; none when pacing is off."""
    if not settings.pacing:
        return ()
    limit: int | None = getattr(settings, f"{marketplace}_rate_limit", None)
    return rules_for(pacing, rate_limit=limit, draw=random.random())  # noqa: S311 - jitter, not a secret


def _server_time(redis: Redis) -> float:
    seconds, micros = redis.time()
    return float(seconds) + float(micros) / 1e6
