"""Children are kept alive and stopped gently, and what a killed supervisor left is ended."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from integration_hub.web import processes
from integration_hub.web.processes import Child, end_leftovers

from .children import FAMILY, POLITE, SLEEPER


def until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for another process to get somewhere."""
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end, "it did not happen in time"
        sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def make(program: str, *arguments: str, name: str = "child") -> Child:
        child = Child(name, [sys.executable, "-c", program, *arguments], tmp_path / "run")
        children.append(child)
        return child

    yield make
    for child in children:
        child.kill()


@pytest.mark.parametrize("code", [0, 1, 3])
def test_child_that_ends_is_started_again_whatever_its_exit_code(made: Callable[..., Child], code: int) -> None:
    child = made(f"raise SystemExit({code})")
    child.start()
    first = child.process
    assert first is not None

    first.wait(15)
    restarted_at_once = child.keep_alive()
    until(child.keep_alive)

    assert restarted_at_once is False
    assert (child.restarts, child.process is first) == (1, False)


def test_child_that_is_killed_is_started_again(made: Callable[..., Child]) -> None:
    child = made(SLEEPER)
    child.start()
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait(15)

    until(child.keep_alive)

    assert child.process.poll() is None


def test_child_that_runs_is_left_alone(made: Callable[..., Child]) -> None:
    child = made(SLEEPER)
    child.start()

    assert [child.keep_alive() for _ in range(5)] == [False] * 5
    assert child.restarts == 0


def test_child_that_dies_again_and_again_is_started_less_and_less_often(
    made: Callable[..., Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(processes, "monotonic", lambda: now[0])
    child = made("raise SystemExit(1)")
    child.start()
    waits = []

    for _ in range(9):
        assert child.process is not None
        child.process.wait(15)
        died = now[0]
        while not child.keep_alive():
            now[0] += 0.25
        waits.append(now[0] - died)

    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0, 15.0]


def test_stop_signal_goes_to_the_leader_alone(made: Callable[..., Child], tmp_path: Path) -> None:
    note = tmp_path / "note"
    child = made(POLITE, str(note))
    child.start()
    until(Path(f"{note}.ready").exists)
    until(Path(f"{note}.worker.ready").exists)

    child.ask_to_stop()

    assert child.wait(15) is True
    assert note.read_text() == "leader ended"
    assert not Path(f"{note}.worker").exists()


def test_orphans_of_a_dead_leader_are_ended_with_the_restart(made: Callable[..., Child], tmp_path: Path) -> None:
    note = tmp_path / "orphan"
    child = made(FAMILY, str(note))
    child.start()
    until(lambda: note.exists() and note.read_text() != "")
    orphan = int(note.read_text())
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait(15)
    assert is_alive(orphan)

    child.restart_now()

    until(lambda: not is_alive(orphan))


def test_leftovers_of_a_killed_supervisor_are_ended(made: Callable[..., Child], tmp_path: Path) -> None:
    note = tmp_path / "orphan"
    child = made(FAMILY, str(note))
    child.start()
    until(lambda: note.exists() and note.read_text() != "")

    ended = end_leftovers(tmp_path / "run")

    assert ended == 1
    assert child.wait(15) is True
    until(lambda: not is_alive(int(note.read_text())))
    assert list((tmp_path / "run").glob("*.pid")) == []


def test_orphans_whose_leader_had_died_before_the_supervisor_are_ended_too(
    made: Callable[..., Child], tmp_path: Path
) -> None:
    note = tmp_path / "orphan"
    child = made(FAMILY, str(note))
    child.start()
    until(lambda: note.exists() and note.read_text() != "")
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait(15)

    ended = end_leftovers(tmp_path / "run")

    assert ended == 1
    until(lambda: not is_alive(int(note.read_text())))


@pytest.mark.parametrize("shift", [-100.0, 100.0])
def test_stranger_that_got_the_same_pid_is_not_touched(tmp_path: Path, shift: float) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True)
    try:
        born = psutil.Process(stranger.pid).create_time() + shift
        (tmp_path / "workers.pid").write_text(json.dumps({"pid": stranger.pid, "born": born}))

        ended = end_leftovers(tmp_path)

        assert ended == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("note", ["", "nonsense", "{}", '{"pid": 1}', "[]", "null", '{"pid": "x", "born": "y"}'])
def test_note_that_cannot_be_read_is_thrown_away(tmp_path: Path, note: str) -> None:
    (tmp_path / "workers.pid").write_text(note)

    assert end_leftovers(tmp_path) == 0
    assert list(tmp_path.iterdir()) == []
