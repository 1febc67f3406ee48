"""The whole demo while worker processes are killed: the promise that nothing is lost and nothing is written twice."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from tests import templates
from tests.apart import environment

TOP = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 200.0
"""Normally half a minute; workers that went deaf with one killed while idle are noticed in 40 seconds at most."""

TASK = "integration_hub.flows.tasks."


@pytest.fixture
def demo(tmp_path: Path, django_db_setup: None) -> Iterator["subprocess.Popen[str]"]:
    """On tables that are there already: making them anew takes as long as half of the orders."""
    templates.sqlite_file(tmp_path / "tables.sqlite3")
    process = subprocess.Popen(
        [sys.executable, str(TOP / "manage.py"), "demo", "--once", "--json", "--orders", "40"],
        cwd=tmp_path,
        env=environment(tmp_path) | {"DATABASE_URL": f"sqlite:///{tmp_path / 'tables.sqlite3'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        for each in [*family(process), psutil.Process(process.pid)]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait(30)


def family(demo: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(demo.pid).children(recursive=True)


def title(process: psutil.Process) -> str:
    """The queue's processes say in their title what they do; a dead one says nothing."""
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return " ".join(process.cmdline()).strip()
    return ""


def busy_and_idle_worker(demo: "subprocess.Popen[str]") -> tuple[psutil.Process, psutil.Process] | None:
    """Two workers of one queue."""
    for busy in family(demo):
        if TASK in title(busy):
            idle = idle_sibling(busy)
            if idle is not None:
                return busy, idle
    return None


def idle_sibling(worker: psutil.Process) -> psutil.Process | None:
    with suppress(psutil.NoSuchProcess):
        siblings = psutil.Process(worker.ppid()).children()
        return next((each for each in siblings if each.pid != worker.pid and title(each).endswith(" idle")), None)
    return None


@pytest.mark.long
def test_demo_loses_and_doubles_nothing_while_a_busy_and_an_idle_worker_are_killed(
    demo: "subprocess.Popen[str]",
) -> None:
    end = monotonic() + PATIENCE_SECONDS
    while (victims := busy_and_idle_worker(demo)) is None:
        assert demo.poll() is None, f"the demo ended before its workers were busy: {demo.communicate()[1][-2000:]}"
        assert monotonic() < end, "no worker was ever busy beside an idle one"
        sleep(0.02)
    for each in victims[::-1]:
        each.send_signal(signal.SIGKILL)

    printed, said = demo.communicate(timeout=max(end - monotonic(), 1))

    figures = json.loads(printed.splitlines()[-1])
    assert (figures["orders_lost"], figures["orders_duplicated"], figures["dead_letters"]) == (0, 0, 0)
    assert figures["orders_in_crm"] == figures["orders_sent"] == 40
    assert figures["statuses_disagreeing"] == 0
    assert demo.returncode == 0, said[-2000:]
