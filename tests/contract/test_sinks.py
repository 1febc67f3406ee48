"""Writing: once, in the order given, never twice, and one bad thing holds up no other. Over real HTTP."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from connectors.contract.errors import ConnectorError, RateLimited, Retryable
from connectors.contract.results import NotWritten, Outcome, Refused, Written

from .bench import CREATING, SINKS, Bench, doubtful, name_of
from .kinds import having

ANY = pytest.mark.parametrize(("kind", "sink"), having(*SINKS))
NEW = pytest.mark.parametrize(("kind", "sink"), having(*CREATING))


def types(outcomes: Sequence[Outcome]) -> set[type]:
    return {type(outcome) for outcome in outcomes}


def errors(outcomes: Sequence[Outcome]) -> list[ConnectorError]:
    """What kept each of them from being written in passing; a failed test when one was written or refused."""
    unexpected = [outcome for outcome in outcomes if not isinstance(outcome, NotWritten)]
    assert unexpected == []
    return [outcome.error for outcome in outcomes if isinstance(outcome, NotWritten)]


@ANY
def test_nothing_to_write_is_nothing_to_say(kind: str, sink: str, bench: Bench) -> None:
    assert bench.put(sink, []) == []
    assert bench.writes() == 0


@NEW
def test_every_draft_becomes_one_thing(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 3)
    before = bench.things()

    outcomes = bench.put(sink, drafts)

    assert types(outcomes) == {Written}, outcomes
    assert len({outcome.id for outcome in outcomes}) == 3
    assert sum(bench.things().values()) > sum(before.values())


@ANY
def test_same_drafts_twice_make_one_thing_each(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 3)
    first = bench.put(sink, drafts)
    there = bench.things()

    again = bench.put(sink, drafts, bench.open())

    assert types([*first, *again]) == {Written}, [*first, *again]
    assert [outcome.id for outcome in again] == [outcome.id for outcome in first]
    assert bench.things() == there


@NEW
def test_one_draft_alone_and_in_company_is_the_same_thing(kind: str, sink: str, bench: Bench) -> None:
    """A connector may use another call for a single one."""
    one, *others = bench.drafts(sink, 3)

    (alone,) = bench.put(sink, [one])
    outcomes = bench.put(sink, [*others, one], bench.open())

    assert types([alone, *outcomes]) == {Written}
    assert outcomes[-1].id == alone.id
    assert len({outcome.id for outcome in outcomes}) == 3


@ANY
def test_batch_above_the_limit_of_the_system_is_split(kind: str, sink: str, bench: Bench) -> None:
    size = getattr(bench.adapter, sink).max_batch + 1
    drafts = bench.drafts(sink, size)

    outcomes = bench.put(sink, drafts)

    assert len(outcomes) == size
    assert types(outcomes) == {Written}, outcomes[:3]
    assert len({outcome.id for outcome in outcomes}) == size


@ANY
def test_one_that_is_refused_leaves_the_others_written(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 5)
    bench.faults(refuse=[name_of(drafts[2])])

    outcomes = bench.put(sink, drafts)

    assert [type(outcome) for outcome in outcomes] == [Written, Written, Refused, Written, Written], outcomes
    refused = outcomes[2]
    assert isinstance(refused, Refused)
    assert refused.message
    assert refused.code


@ANY
def test_all_refused_is_a_refusal_of_each(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 2)
    bench.faults(refuse=[name_of(draft) for draft in drafts])

    outcomes = bench.put(sink, drafts)

    assert types(outcomes) == {Refused}, outcomes


@ANY
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_that_fails_is_tried_again_and_nothing_was_written(
    kind: str, sink: str, status: int, bench: Bench
) -> None:
    drafts = bench.drafts(sink, 2)
    before = bench.things()
    bench.faults(error_rate=1, error_status=status)

    outcomes = bench.put(sink, drafts)

    assert [error for error in errors(outcomes) if not isinstance(error, Retryable)] == []
    assert bench.things() == before


@ANY
def test_page_of_a_proxy_is_not_taken_for_success(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 2)
    bench.faults(html_rate=1)

    outcomes = bench.put(sink, drafts)

    assert types(outcomes) == {NotWritten}


@ANY
def test_system_that_asks_for_a_pause_gets_it(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 2)
    bench.faults(too_many_rate=1, retry_after_seconds=17)
    before = bench.box.state()["total_calls"]

    outcomes = bench.put(sink, drafts)

    pauses = {error.retry_after for error in errors(outcomes) if isinstance(error, RateLimited)}
    assert len(errors(outcomes)) == 2
    assert pauses == {timedelta(seconds=17)}
    assert bench.box.state()["total_calls"] == before + 1, "it went on calling"


@ANY
def test_system_that_is_down_is_tried_again(kind: str, sink: str, bench: Bench) -> None:
    drafts = bench.drafts(sink, 3)
    bench.faults(down=True)

    outcomes = bench.put(sink, drafts)

    assert [error for error in errors(outcomes) if not isinstance(error, Retryable)] == []


@ANY
@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("fault", ["drop_after_rate", "drop_before_rate"])
def test_answer_that_is_lost_makes_nothing_twice(kind: str, sink: str, fault: str, size: int, bench: Bench) -> None:
    """Whichever of the calls it hits: the next try looks, and every thing is there once."""
    trial = bench.drafts(sink, size)
    paths = bench.write_paths(lambda: bench.put(sink, trial))
    assert paths
    for number, path in enumerate(paths, start=1):
        drafts = bench.drafts(sink, size, first=100 * number)
        before = bench.things()
        bench.faults(**{fault: 1, "only": path})
        lost = bench.put(sink, drafts, bench.open())
        bench.faults()

        found = bench.put(sink, doubtful(drafts), bench.open())

        assert [error for error in errors(lost) if not isinstance(error, Retryable)] == []
        assert types(found) == {Written}, found
        again = bench.put(sink, drafts, bench.open())
        assert [(type(outcome), outcome.id) for outcome in again] == [(Written, outcome.id) for outcome in found]
        grown = {name: count - before[name] for name, count in bench.things().items()}
        assert set(grown.values()) <= {0, size}, (path, grown)
