"""Reading: everything is seen, what is gone is absent, and a fault is an error and never an empty page."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.contract.errors import ConnectorError, Misconfigured, Retryable
from connectors.contract.results import NotRelevant, Page, StatusSeen, UnreadableObject, Written

from .bench import CREATED, Bench
from .kinds import having, kinds_with
from .test_account import wrong

SOURCES = having("orders", "customers", "products")
ORDERS = kinds_with("orders")
STATUSES = [kind for kind in kinds_with("status_source") if kind in kinds_with("order_sink")]
CHANGES = kinds_with("change_source")
MOST_PAGES = 50


def pages(read: Any) -> Iterator[Page[Any]]:
    """Every page, from the first cursor to the end; a cursor that goes round in circles fails the test."""
    cursor = ""
    for _ in range(MOST_PAGES):
        page = read(cursor)
        yield page
        if not page.has_more:
            return
        assert page.cursor != cursor
        cursor = page.cursor
    message = "the scan does not end"
    raise AssertionError(message)


def error_of(work: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        work()
    return caught.value


@pytest.mark.parametrize("kind", ORDERS)
def test_scan_sees_every_order_once_and_fetch_gives_the_same(kind: str, bench: Bench) -> None:
    placed = {str(row["id"]) for row in bench.shop(23)}
    source = bench.adapter.orders
    assert source is not None

    seen = [each for page in pages(lambda cursor: source.scan(None, None, cursor)) for each in page.items]
    chosen = sorted(placed)[: source.max_fetch]
    fetched = source.fetch(chosen)

    assert [each for each in seen if isinstance(each, UnreadableObject)] == []
    assert sorted(each.id for each in seen) == sorted(placed)
    assert set(fetched) == set(chosen)
    assert [each for each in seen if each.id in fetched and fetched[each.id] != each] == []


@pytest.mark.parametrize("kind", ORDERS)
def test_period_in_which_nothing_was_made_is_an_empty_page(kind: str, bench: Bench) -> None:
    bench.shop(3)
    source = bench.adapter.orders
    assert source is not None

    page = source.scan(CREATED.replace(year=1999), CREATED.replace(year=2000))

    assert (list(page.items), page.has_more) == ([], False)


@pytest.mark.parametrize(("kind", "capability"), SOURCES)
def test_what_is_not_there_is_absent(kind: str, capability: str, bench: Bench) -> None:
    source = getattr(bench.adapter, capability)

    assert source.fetch(["999999999"]) == {}
    assert source.fetch([]) == {}


@pytest.mark.parametrize(("kind", "capability"), SOURCES)
def test_id_of_another_system_is_absent_and_does_not_break_the_others(kind: str, capability: str, bench: Bench) -> None:
    source = getattr(bench.adapter, capability)

    assert source.fetch(["not-a-number", "1,2", "../../1", "Ж", ""]) == {}


@pytest.mark.parametrize(("kind", "capability"), SOURCES)
@pytest.mark.parametrize(
    "switches", [{"error_rate": 1}, {"error_rate": 1, "error_status": 503}, {"down": True}, {"drop_after_rate": 1}]
)
def test_fault_of_the_system_is_tried_again_and_not_taken_for_an_empty_shop(
    kind: str, capability: str, switches: dict[str, Any], bench: Bench
) -> None:
    source = getattr(bench.adapter, capability)
    bench.faults(**switches)

    assert isinstance(error_of(lambda: source.fetch(["1"])), Retryable)
    assert isinstance(error_of(lambda: source.scan(None, None)), Retryable)


@pytest.mark.parametrize(("kind", "capability"), SOURCES)
def test_wrong_key_is_a_matter_of_the_connection(kind: str, capability: str, bench: Bench) -> None:
    source = getattr(bench.open(**{key: wrong(value) for key, value in bench.secrets.items()}), capability)

    assert isinstance(error_of(lambda: source.fetch(["1"])), Misconfigured)
    assert isinstance(error_of(lambda: source.scan(None, None)), Misconfigured)


@pytest.mark.parametrize("kind", STATUSES)
def test_status_is_found_by_our_id_and_by_theirs(kind: str, bench: Bench) -> None:
    drafts = bench.drafts("order_sink", 3)
    outcomes = bench.put("order_sink", drafts)
    source = bench.adapter.status_source
    assert source is not None
    assert {type(outcome) for outcome in outcomes} == {Written}

    by_theirs = source.statuses([outcome.id for outcome in outcomes], [])
    by_ours = source.statuses([], [draft.external_id for draft in drafts])

    expected = {(outcome.id, draft.external_id, draft.status) for outcome, draft in zip(outcomes, drafts, strict=True)}
    assert {(seen.id, seen.external_id, seen.status) for seen in by_theirs} == expected
    assert {(seen.id, seen.external_id, seen.status) for seen in by_ours} == expected
    assert all(isinstance(seen, StatusSeen) for seen in by_ours)


@pytest.mark.parametrize("kind", STATUSES)
def test_status_of_an_order_that_is_not_there_is_absent(kind: str, bench: Bench) -> None:
    source = bench.adapter.status_source
    assert source is not None

    assert list(source.statuses([], ["nobody-has-this"])) == []
    assert list(source.statuses([], [])) == []


@pytest.mark.parametrize("kind", CHANGES)
def test_our_own_writes_are_no_changes(kind: str, bench: Bench) -> None:
    source = bench.adapter.change_source
    assert source is not None
    bench.put("order_sink", bench.drafts("order_sink", 3))

    found = [each for page in pages(lambda cursor: source.poll(cursor, CREATED)) for each in page.items]

    assert [each for each in found if not isinstance(each, NotRelevant)] == []


@pytest.mark.parametrize("kind", CHANGES)
def test_poll_that_fails_is_an_error_and_no_progress(kind: str, bench: Bench) -> None:
    source = bench.adapter.change_source
    assert source is not None
    bench.faults(error_rate=1)

    assert isinstance(error_of(lambda: source.poll("", CREATED)), Retryable)
