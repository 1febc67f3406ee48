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
from integration_hub.demo.pair import Kinds, running_pair
from integration_hub.web.processes import manage

from .row import Row
from .rows import row_of
from .templates import kept, template
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
    pair: str = "",
) -> list[Result]:
    """Run the rows; ``scale`` shrinks each for a quick look, ``small`` is the size of the test suite. ``pair``: only
    between this store and this CRM, by its name."""
    results: list[Result] = []
    with kept() as templates:
        for row, kinds, database in _wanted(names, databases, pair):
            orders = row.small if small else max(int(row.size(kinds) * scale), FEWEST_ORDERS)
            what = f"{row.name}, {kinds.title}, on {database}"
            say(f"{what}, {orders} orders: {row.title} …")
            with fresh(database, template(database, templates)) as environment:
                found = _run_apart(row, kinds, orders, environment, small=small)
            result = {"row": row.name, "pair": kinds.title, "database": database, "n": orders, **found}
            say(f"{what}: {'passed' if result['passed'] else f'FAILED: {_why(result)}'}")
            results.append(result)
    return results


def _wanted(names: Sequence[str], databases: Sequence[str], pair: str) -> Iterator[tuple[Row, Kinds, str]]:
    for row in map(row_of, names):
        for kinds in row.pairs:
            if pair in {"", kinds.name}:
                yield from ((row, kinds, database) for database in databases if database in row.databases)


def _why(result: Result) -> str:
    missed = [f"{name} {each['seen']:g}" for name, each in result["criteria"].items() if not each["passed"]]
    return "; ".join([*missed, *result["wrong"]])


def _run_apart(row: Row, kinds: Kinds, orders: int, environment: Mapping[str, str], *, small: bool) -> Result:
    arguments = ["chaos", "--one", row.name, "--pair", kinds.name, "--size", str(orders)]
    arguments += ["--small"] if small else []
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


def run_here(name: str, orders: int, *, small: bool, pair_name: str = "") -> Result:
    """One row in this process, on the database of the environment; between the first of its pairs unless one is
    named."""
    row = row_of(name)
    kinds = next((each for each in row.pairs if pair_name in {"", each.name}), None)
    if kinds is None:
        return failure(f"{name} does not run between {pair_name}")
    try:
        with running_pair("chaos-run", kinds) as pair:
            world = World(
                pair.shop, pair.crm_desk, pair.store, pair.crm, pair.route, RealTime(is_small=small), pair.hub
            )
            world.crm_desk.post("options", {"refuses_copies": False})
            return row.run(world, orders).judged(is_small=small)
    except ChaosError as problem:
        return failure(str(problem))


def markdown(results: Sequence[Mapping[str, Any]]) -> str:
    """The table for docs/reliability.md."""
    lines = ["| row | fault | passes when | between | database | n | seen | |", "|---|---|---|---|---|---|---|---|"]
    for result in results:
        row = row_of(result["row"])
        seen = "; ".join(
            f"{name}: {each['seen']:g} (limit {each['limit']:g})"
            for name, each in result["criteria"].items()
            if each["limit"] or each["seen"]  # nothing of what must not be says nothing
        )
        counts = f"L {result['lost']}, D {result['duplicated']}, S {result['wrong_last_state']}"
        told = "; ".join(part for part in (counts, seen, result["note"]) if part)
        verdict = "passed" if result["passed"] else "**failed**"
        ran = (result["pair"], result["database"], result["n"])
        cells = (row.name, row.title, row.passes_when, *ran, told, verdict)
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
