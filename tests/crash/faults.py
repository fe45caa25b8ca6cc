"""The faults of the campaign: what each does, when, and whether it strikes one posting or everybody.

A fault gets the campaign and the trial. `point` is where the work-horse is held (utils/trip.py) while the fault
strikes; without one it strikes as soon as the posting is queued. Everything is undone by `heal`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crash.operation_schedule import KINDS

if TYPE_CHECKING:
    from tests.crash.campaign import Campaign, Trial

STEPS = ("step-open_browser", "step-sign_in", "step-open_form", "step-fill", "step-read_back", "step-prepare_publish")
INSIDE = ("before_intent", "before_press", "before_finish", "after_finish")
IN_FLIGHT = "in_flight"  # the publish request has arrived, its answer is still out
SLOW_ANSWER = (("publish_slow", 4.0),)

Strike = Callable[["Campaign", "Trial"], None]


@dataclass(frozen=True)
class Fault:
    """One kind of trouble for some acts. `everybody`: it strikes servers, so no other trial runs beside it by chance,
    and all lanes get it together. `switches`: the replica's misbehaviour during the trial."""

    name: str
    strike: Strike
    points: tuple[str, ...] = ()
    everybody: bool = False
    switches: tuple[tuple[str, object], ...] = ()
    word: str = "wait"
    may_end_as: tuple[str, ...] = ("live",)
    acts: tuple[str, ...] = ("post", *KINDS)
    presses: int = 1  # requests that may reach the site


def nothing(campaign: Campaign, trial: Trial) -> None:
    """The switches of the replica are the fault."""


def kill_horse(campaign: Campaign, trial: Trial) -> None:
    os.kill(trial.horse_pid(), signal.SIGKILL)


def kill_worker(campaign: Campaign, trial: Trial) -> None:
    """The RQ worker; its horse must die with it."""
    os.kill(parent_of(trial.horse_pid()), signal.SIGKILL)


def kill_both(campaign: Campaign, trial: Trial) -> None:
    horse = trial.horse_pid()
    worker = parent_of(horse)
    os.kill(horse, signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)


def kill_chromium(campaign: Campaign, trial: Trial) -> None:
    for pid in chromiums_of(trial.horse_pid()):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    trial.go()


def freeze(campaign: Campaign, trial: Trial) -> None:
    """SIGSTOP for longer than the lease, then SIGCONT."""
    pid = trial.horse_pid()
    os.kill(pid, signal.SIGSTOP)
    trial.go()

    def thaw() -> None:
        time.sleep(campaign.lease_seconds * 1.6)
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            return

    campaign.later(thaw)


def flush_redis(campaign: Campaign, trial: Trial) -> None:
    campaign.redis.flushall()
    trial.go()


def kill_redis(campaign: Campaign, trial: Trial) -> None:
    campaign.restart_redis(at_once=True, away_seconds=1)
    trial.go()


def take_redis_away(campaign: Campaign, trial: Trial) -> None:
    """Longer than RQ's patience: its workers end, and the supervisor replaces them."""
    trial.go()
    campaign.restart_redis(at_once=True, away_seconds=40)


def fill_redis(campaign: Campaign, trial: Trial) -> None:
    """As with a full disk: every write is refused for a while."""
    campaign.redis.config_set("maxmemory", "1")
    trial.go()

    def relieve() -> None:
        time.sleep(8)
        campaign.redis.config_set("maxmemory", "0")

    campaign.later(relieve)


def restart_postgres(campaign: Campaign, trial: Trial) -> None:
    campaign.restart_postgres()
    trial.go()


def deliver_twice(campaign: Campaign, trial: Trial) -> None:
    for fence in (101, 102, 103):
        campaign.queue.enqueue_posting(trial.posting_id, fence)


def post_twice(campaign: Campaign, trial: Trial) -> None:
    """ "Post to All" pressed twice at once, without a key."""
    both(lambda: campaign.post_again(trial, key=None))


def post_twice_with_key(campaign: Campaign, trial: Trial) -> None:
    both(lambda: campaign.post_again(trial, key="the same"))


def cancel(campaign: Campaign, trial: Trial) -> None:
    campaign.cancel(trial)
    trial.go()


def relent(campaign: Campaign, trial: Trial) -> None:
    """The site only claimed to have done it; from now on it does what it says."""
    campaign.set_faults(trial.site)
    trial.go()


def deliver_operation_twice(campaign: Campaign, trial: Trial) -> None:
    for number in range(3):
        campaign.deliver_operation(trial, number)


def ask_twice(campaign: Campaign, trial: Trial) -> None:
    """The button pressed twice more, at once."""
    both(lambda: campaign.ask_again(trial))


def sell(campaign: Campaign, trial: Trial) -> None:
    """Somebody buys it at this very moment."""
    assert trial.change is not None
    address = f"/listings/{trial.site}/{trial.change.subject.external_id}"
    campaign.admin.put(address, json={"status": "sold"}).raise_for_status()
    trial.go()


def both(call: Callable[[], None]) -> None:
    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def chromiums_of(ancestor: int) -> list[int]:
    """Chromium processes below a process, by /proc."""
    parents: dict[int, int] = {}
    programs: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parents[int(entry.name)] = parent_of(int(entry.name))
            programs[int(entry.name)] = str((entry / "exe").readlink())
        except (OSError, ValueError):
            continue

    def below(pid: int) -> bool:
        while pid > 1:
            if pid == ancestor:
                return True
            pid = parents.get(pid, 0)
        return False

    return [pid for pid, program in programs.items() if "chrom" in program and below(pid)]


EVERYWHERE = (*STEPS, *INSIDE)
FAULTS = (
    Fault("kill work-horse", kill_horse, EVERYWHERE),
    Fault("kill worker", kill_worker, EVERYWHERE),
    Fault("kill worker and work-horse", kill_both, EVERYWHERE),
    Fault("kill Chromium", kill_chromium, (*STEPS, "before_intent", "before_press")),
    Fault("freeze beyond the lease", freeze, ("step-fill", "before_intent", "before_press", "before_finish")),
    Fault("delivered twice", deliver_twice),
    Fault("posted twice at once", post_twice),
    Fault("posted twice, one key", post_twice_with_key),
    Fault("answer lost", nothing, switches=(("publish_lost", True),)),
    Fault("error after creation", nothing, switches=(("publish_error_after", 500),)),
    Fault("answer late", nothing, switches=(("publish_slow", 6.0),)),
    Fault("late in the closet", kill_horse, ("before_finish",), switches=(("late_in_closet", 6.0),)),
    Fault("answer lost, late in the closet", nothing, switches=(("publish_lost", True), ("late_in_closet", 6.0))),
    Fault("kill work-horse in flight", kill_horse, (IN_FLIGHT,), switches=SLOW_ANSWER),
    Fault("kill worker and work-horse in flight", kill_both, (IN_FLIGHT,), switches=SLOW_ANSWER),
    Fault("browser and network cut in flight", kill_chromium, (IN_FLIGHT,), switches=SLOW_ANSWER),
    Fault("cancel before intent", cancel, ("step-fill", "before_intent"), may_end_as=("cancelled",)),
    Fault("cancel after intent", cancel, ("before_press", "before_finish"), may_end_as=("live",)),
    Fault("clock jumps an hour", nothing, ("step-fill", "before_press"), word="jump"),
    Fault("Redis flushed", flush_redis, ("step-fill", "before_press"), everybody=True),
    Fault("Redis killed", kill_redis, ("step-fill", "before_finish"), everybody=True),
    Fault("Redis away 40 s", take_redis_away, ("step-fill",), everybody=True),
    Fault("Redis full", fill_redis, ("step-fill", "before_finish"), everybody=True),
    Fault("Postgres restarted", restart_postgres, ("step-fill", "before_press", "before_finish"), everybody=True),
)

CHANGE_STEPS = ("step-open_browser", "step-sign_in", "step-look", "step-open_form", "step-prepare_press")
CHANGE_INSIDE = ("before_intent", "before_press", "before_look", "before_finish", "after_finish")
CHANGE_ANYWHERE = (*CHANGE_STEPS, *CHANGE_INSIDE)
STRIKES = ("step-look", "before_press", "before_finish")
CHANGE_FAULTS = (
    Fault("kill work-horse", kill_horse, CHANGE_ANYWHERE),
    Fault("kill worker", kill_worker, CHANGE_ANYWHERE),
    Fault("kill worker and work-horse", kill_both, CHANGE_ANYWHERE),
    Fault("kill Chromium", kill_chromium, (*CHANGE_STEPS, "before_intent", "before_press", "before_look")),
    Fault("freeze beyond the lease", freeze, ("step-look", "before_intent", "before_press", "before_finish")),
    Fault("delivered twice", deliver_operation_twice),
    Fault("asked twice at once", ask_twice),
    Fault("answer lost", nothing, switches=(("change_lost", True),)),
    Fault("done in words only", relent, ("before_look",), switches=(("change_ignored", True),), presses=2),
    Fault("sold meanwhile", sell, ("step-open_browser",), acts=("delist", "price"), may_end_as=("failed",)),
    Fault("cancel before intent", cancel, ("step-look", "before_intent"), may_end_as=("cancelled",)),
    Fault("cancel after intent", cancel, ("before_press", "before_finish")),
    Fault("clock jumps an hour", nothing, ("step-look", "before_press"), word="jump"),
    Fault("Redis flushed", flush_redis, ("step-look", "before_press"), everybody=True),
    Fault("Redis killed", kill_redis, STRIKES, everybody=True),
    Fault("Redis away 40 s", take_redis_away, ("step-look",), everybody=True),
    Fault("Redis full", fill_redis, ("step-look", "before_finish"), everybody=True),
    Fault("Postgres restarted", restart_postgres, STRIKES, everybody=True),
)
