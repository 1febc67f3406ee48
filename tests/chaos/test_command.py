"""``manage.py chaos``: what it prints, and with which code it ends."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from integration_hub.chaos import matrix
from integration_hub.chaos.rows import MODULES, NAMES, row_of

RESULT: dict[str, Any] = {
    "row": "F3", "pair": "woocommerce → retailcrm", "database": "sqlite",
    "n": 100, "lost": 0, "duplicated": 0, "wrong_last_state": 0,
    "criteria": {"calls per delivered batch": {"limit": 1.35, "seen": 1.2, "passed": True}},
    "passed": True, "note": "shorter", "wrong": [],
}  # fmt: skip


@pytest.fixture(autouse=True)
def keep_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command takes SIGINT and SIGTERM for itself; the test's process keeps its own."""
    monkeypatch.setattr("integration_hub.web.management.commands.chaos.signal.signal", lambda number, handler: None)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Rows are not run; what was asked for is noted, and F11 fails."""
    calls: list[Any] = []

    def run(names: Any, databases: Any, say: Any, *, scale: float, small: bool, pair: str) -> list[dict[str, Any]]:
        calls.append((list(names), list(databases), scale, small, pair))
        return [RESULT | {"row": name, "passed": name != "F11", "wrong": []} for name in names]

    monkeypatch.setattr(matrix, "run", run)
    return calls


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("chaos", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_all_rows_run_on_both_databases_when_none_is_named(asked: list[Any]) -> None:
    with pytest.raises(SystemExit):
        printed()

    assert asked == [(list(NAMES), ["postgresql", "sqlite"], 1.0, False, "")]


def test_named_rows_are_printed_as_json(asked: list[Any]) -> None:
    out = printed("F3", "--json", "--database", "sqlite", "--scale", "0.1")

    assert json.loads(out) == {"rows": [RESULT]}
    assert asked == [(["F3"], ["sqlite"], 0.1, False, "")]


def test_pair_narrows_what_runs(asked: list[Any]) -> None:
    printed("F9", "--pair", "magento2-bitrix24", "--database", "sqlite")

    assert asked == [(["F9"], ["sqlite"], 1.0, False, "magento2-bitrix24")]


def test_row_that_fails_ends_with_code_one(asked: list[Any]) -> None:
    with pytest.raises(SystemExit) as end:
        printed("F3", "F11")

    assert end.value.code == 1


def test_unknown_row_is_named_and_nothing_runs(asked: list[Any]) -> None:
    with pytest.raises(SystemExit) as end:
        printed("F99")

    assert end.value.code == 2
    assert asked == []


def test_table_for_the_page_holds_figures_limits_and_notes(asked: list[Any]) -> None:
    last = printed("F3", "--markdown").splitlines()[-1]

    assert last.startswith("| F3 | Target answers 500 on 20 % of calls |")
    assert "| woocommerce → retailcrm | sqlite | 100 | L 0, D 0, S 0; calls per delivered batch: 1.2 " in last
    assert last.endswith("(limit 1.35); shorter | passed |")


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_the_list_leads_to_its_row(name: str) -> None:
    row = row_of(name)

    assert row.name == name
    assert row.title
    assert row.small <= row.orders
    assert name in MODULES
