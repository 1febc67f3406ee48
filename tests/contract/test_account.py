"""Verification and code books over real HTTP against the system's own stand-in, with good and bad credentials."""

from dataclasses import astuple
from typing import Any

import pytest

from connectors.contract.capabilities import Adapter
from connectors.contract.errors import ConnectorError, Misconfigured
from connectors.contract.results import CHOICE_KINDS, CODE_KINDS, AccountReport
from connectors.registry import spec_for

from .bench import SINKS, Bench
from .kinds import KINDS, having, kinds_with

CODES = kinds_with("codes")


def wrong(secret: str) -> str:
    """Of the same form, and another one: the case of its latter part is swapped."""
    changed = secret[:8] + secret[8:].swapcase()
    assert changed != secret
    return changed


def report_of(opened: Adapter) -> AccountReport | str:
    """What Verify says: a report, or the message of an error."""
    assert opened.account is not None
    try:
        return opened.account.verify()
    except ConnectorError as problem:
        return problem.message


def everything_said(bench: Bench, *more: Any) -> str:
    """What staff could read: the sync log's exchanges, and whatever else."""
    return "\n".join(str(part) for exchange in bench.hub.exchanges for part in astuple(exchange)) + repr(more)


@pytest.mark.parametrize("kind", KINDS)
def test_settings_of_the_stand_in_are_those_of_the_form(kind: str, bench: Bench) -> None:
    keys = {each.key: each for each in spec_for(kind).settings}

    assert bench.settings.keys() <= keys.keys()
    assert [each.key for each in keys.values() if each.required and not bench.settings.get(each.key)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_verification_passes_with_good_credentials(kind: str, bench: Bench) -> None:
    assert bench.adapter.account is not None
    before = bench.things()

    report = bench.adapter.account.verify()

    assert [check for check in report.checks if not check.passed] == []
    assert report.checks
    assert all(check.name for check in report.checks)
    assert set(report.facts) <= {each.key for each in spec_for(kind).settings}
    assert bench.things() == before


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_key_does_not_pass_and_says_what_to_do(kind: str, bench: Bench) -> None:
    report = report_of(bench.open(**{key: wrong(value) for key, value in bench.secrets.items()}))

    if isinstance(report, str):
        assert len(report) > 20
    else:
        failed = [check for check in report.checks if not check.passed]
        assert failed
        assert [check for check in failed if not check.message and not check.cure] == []


@pytest.mark.parametrize(("kind", "sink"), having(*SINKS))
def test_wrong_key_is_a_matter_of_the_connection_and_nothing_is_written(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 2)
    before = bench.things()
    opened = bench.open(**{key: wrong(value) for key, value in bench.secrets.items()})

    outcomes = bench.put(sink, drafts, opened)

    assert [type(getattr(outcome, "error", outcome)) for outcome in outcomes] == [Misconfigured] * 2
    assert bench.things() == before


@pytest.mark.parametrize("kind", KINDS)
def test_no_secret_is_in_a_report_an_error_or_the_log_of_exchanges(kind: str, bench: Bench) -> None:
    """Neither the good one nor a wrong one, which may be the good one of another shop."""
    bad = {key: wrong(value) for key, value in bench.secrets.items()}
    said = [report_of(bench.open(**changes)) for changes in ({}, bad)]

    shown = everything_said(bench, said)

    assert bench.hub.exchanges
    assert [key for key, value in [*bench.secrets.items(), *bad.items()] if value in shown] == []


@pytest.mark.parametrize(("kind", "sink"), having(*SINKS))
def test_no_secret_is_in_what_a_sink_says_or_in_its_exchanges(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 2)
    said = [bench.put(sink, drafts)]
    for switches in ({"error_rate": 1}, {"html_rate": 1}, {"drop_after_rate": 1}, {"down": True}):
        bench.faults(**switches)
        said.append(bench.put(sink, drafts, bench.open()))

    shown = everything_said(bench, said)

    assert [key for key, value in bench.secrets.items() if value in shown] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_asks_for_leave_and_is_reported(kind: str, bench: Bench) -> None:
    assert bench.adapter.account is not None

    bench.adapter.account.verify()

    assert len(bench.hub.calls) == len(bench.hub.exchanges) == bench.box.state()["total_calls"]
    assert all(bench.hub.calls)


@pytest.mark.parametrize("kind", CODES)
def test_codes_are_read_each_once(kind: str, bench: Bench) -> None:
    assert bench.adapter.codes is not None

    books = bench.adapter.codes.read_books()

    names = [book.kind for book in books]
    assert len(names) == len(set(names))
    assert [name for name in names if name not in (*CODE_KINDS, *CHOICE_KINDS) and not name.startswith("field:")] == []
    assert "status" in names
    for book in books:
        codes = [entry.code for entry in book.entries]
        assert len(codes) == len(set(codes)), book.kind
        assert all(entry.code and entry.name for entry in book.entries), book.kind


@pytest.mark.parametrize("kind", KINDS)
def test_system_that_does_not_answer_is_no_traceback(kind: str, bench: Bench) -> None:
    bench.faults(down=True)

    report = report_of(bench.adapter)

    assert isinstance(report, str) or not report.passed
