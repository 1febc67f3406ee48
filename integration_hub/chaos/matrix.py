"""Runs rows one after another, each in processes of its own on a fresh database, and puts them side by side."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psutil

from integration_hub.bench.databases import fresh
from integration_hub.demo.pair import running_pair
from integration_hub.web.processes import manage

from .row import Row
from .rows import row_of
from .world import ChaosError, RealTime, World

Result = dict[str, Any]

ROW_TIMEOUT_SECONDS = 1_500
END_SECONDS = 70
"""A row that is told to end lets its hub finish the task in hand."""

FEWEST_ORDERS = 40


def run(
    names: Sequence[str],
    databases: Sequence[str],
    say: Callable[[str], None],
    *,
    scale: float = 1.0,
    small: bool = False,
) -> list[Result]:
    """Run the rows; ``scale`` shrinks each for a quick look, ``small`` is the size of the test suite."""
    results: list[Result] = []
    for name in names:
        row = row_of(name)
        for database in databases:
            if database not in row.databases:
                continue
            orders = row.small if small else max(int(row.orders * scale), FEWEST_ORDERS)
            say(f"{name} on {database}, {orders} orders: {row.title} …")
            result = {"row": name, "database": database, "n": orders, **_run_apart(row, database, orders, small)}
            say(f"{name} on {database}: {'passed' if result['passed'] else f'FAILED: {_why(result)}'}")
            results.append(result)
    return results


def _why(result: Result) -> str:
    missed = [f"{name} {each['seen']:g}" for name, each in result["criteria"].items() if not each["passed"]]
    return "; ".join([*missed, *result["wrong"]])


def _run_apart(row: Row, database: str, orders: int, small: bool) -> Result:
    arguments = ["chaos", "--one", row.name, "--size", str(orders), *(["--small"] if small else [])]
    with fresh(database) as environment:
        process = subprocess.Popen(  # noqa: S603 - our own command
            manage(*arguments),
            env={
                **os.environ,
                "HUB_RATE_SHARE": "1000",
                "HUB_DOOR_TRUST_SECONDS": "1",
                **environment,
                **row.environment,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        with _ended(process):
            printed, _ = process.communicate(timeout=ROW_TIMEOUT_SECONDS)
    lines = printed.strip().splitlines()
    if not lines or not lines[-1].startswith("{"):
        return failure(f"the row ended with code {process.returncode} and said nothing")
    found: Result = json.loads(lines[-1])
    return found


def failure(why: str) -> Result:
    """The result of a row that did not come to its end."""
    return {
        "lost": 0, "duplicated": 0, "wrong_last_state": 0, "criteria": {}, "passed": False, "note": "", "wrong": [why],
    }  # fmt: skip


@contextmanager
def _ended(process: "subprocess.Popen[str]") -> Iterator[None]:
    """Whatever happens in the block, nothing of the row is left running."""
    try:
        yield
    except subprocess.TimeoutExpired:
        pass  # a row without a last line has failed
    finally:
        if process.poll() is None:
            family = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGTERM)
            try:
                process.communicate(timeout=END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            for each in family:
                if each.is_running():
                    each.kill()


def run_here(name: str, orders: int, *, small: bool) -> Result:
    """One row in this process, on the database of the environment."""
    row = row_of(name)
    try:
        with running_pair("chaos-run") as pair:
            world = World(
                pair.shop, pair.crm_desk, pair.store, pair.crm, pair.route, RealTime(is_small=small), pair.hub
            )
            world.crm_desk.post("options", {"refuses_copies": False})
            return row.run(world, orders).judged(is_small=small)
    except ChaosError as problem:
        return failure(str(problem))


def markdown(results: Sequence[Mapping[str, Any]]) -> str:
    """The table for docs/reliability.md."""
    lines = ["| row | fault | passes when | database | n | seen | |", "|---|---|---|---|---|---|---|"]
    for result in results:
        row = row_of(result["row"])
        seen = "; ".join(
            f"{name}: {each['seen']:g} (limit {each['limit']:g})" for name, each in result["criteria"].items()
        )
        counts = f"L {result['lost']}, D {result['duplicated']}, S {result['wrong_last_state']}"
        told = "; ".join(part for part in (counts, seen, result["note"]) if part)
        verdict = "passed" if result["passed"] else "**failed**"
        cells = (row.name, row.title, row.passes_when, result["database"], result["n"], told, verdict)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
