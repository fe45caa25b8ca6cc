"""A process has a name that outlives it, and its death can be seen by its neighbours."""

from __future__ import annotations

import subprocess
import sys

from listing_worker.utils.processes import is_dead, neighbourhood, process_name


def test_a_running_process_is_not_dead() -> None:
    assert not is_dead(process_name())


def test_a_process_that_ended_is_dead_even_before_its_parent_has_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        name = process_name(child.pid)
        assert not is_dead(name)
        child.kill()
        child.wait()
        assert is_dead(name)


def test_another_process_with_the_same_number_is_not_mistaken_for_it() -> None:
    prefix, _, _ = process_name().rpartition(":")
    assert is_dead(f"{prefix}:1")


def test_nothing_is_said_of_processes_that_cannot_be_seen() -> None:
    assert not is_dead("elsewhere/boot/1:999999:1")
    assert not is_dead(f"{neighbourhood()}:999999:unknown")
    assert not is_dead("nonsense")
