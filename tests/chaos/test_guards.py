"""Each guard of the hub is needed: without it, a row of the matrix fails. A row that cannot fail proves nothing.

That the guards hold, the rows show on both databases. That a row notices a guard that is gone is shown on one."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from integration_hub.chaos.rows import row_of
from integration_hub.engine import echo, inbox, lanes, outbox
from integration_hub.engine.models import Lane, OutboxItem
from integration_hub.flows import absorb, tasks

from .conftest import MakeWorld

pytestmark = pytest.mark.no_cover  # the same rows count their lines in test_matrix; counting takes half as long again


def failed(name: str, make_world: MakeWorld, orders: int = 0) -> dict[str, Any]:
    """The row as it ends without the guard; the test fails when it passes all the same."""
    row = row_of(name)
    found = row.run(make_world(row), orders or row.small).judged(is_small=True)
    assert not found["passed"], f"{name} passes although the guard is gone"
    return found


def broken(found: dict[str, Any]) -> set[str]:
    return {name for name, each in found["criteria"].items() if not each["passed"]}


@pytest.mark.any_database
def test_without_the_lookup_before_a_second_write_orders_are_doubled(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle: Callable[..., list[OutboxItem]] = outbox.settle

    def forgetful(settlements: Sequence[outbox.Settlement], **options: Any) -> list[OutboxItem]:
        return settle([replace(each, is_outcome_unknown=False) for each in settlements], **options)

    monkeypatch.setattr(outbox, "settle", forgetful)

    assert failed("F5", make_world)["duplicated"] > 0


@pytest.mark.any_database
def test_without_the_comparison_of_versions_an_old_state_wins(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absorb, "_against", lambda old, found, prints: None)
    monkeypatch.setattr(absorb, "_is_newer", lambda one, other: False)

    assert failed("F13", make_world)["wrong_last_state"] > 0


@pytest.mark.any_database
def test_without_the_dedup_key_a_repeat_is_another_event(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep: Callable[[Sequence[inbox.Arrival]], int] = inbox.keep
    numbers = count()

    def without_key(arrivals: Sequence[inbox.Arrival]) -> int:
        return keep([replace(each, dedup_key=f"{each.dedup_key[:150]}:{next(numbers)}") for each in arrivals])

    monkeypatch.setattr(inbox, "keep", without_key)

    assert broken(failed("F12", make_world)) == {"events kept beyond one"}


@pytest.mark.any_database
def test_without_echo_marks_our_own_write_comes_back(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "judge", lambda mark, print_: echo.Verdict.NEWS)

    assert failed("F15", make_world)["wrong_last_state"] > 0


@pytest.fixture
def intruder(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whenever a worker has claimed items, a second one comes to the same lane and works before the first goes on."""
    claim: Callable[[int, str, int], list[OutboxItem]] = outbox.claim
    lanes_visited: list[int] = []

    def work(lane_id: int) -> None:
        try:
            tasks.work(lane_id)
        finally:
            connection.close()

    def visited(lane_id: int, owner: str, limit: int) -> list[OutboxItem]:
        items = claim(lane_id, owner, limit)
        if items and lane_id not in lanes_visited:
            lanes_visited.append(lane_id)
            thread = Thread(target=work, args=(lane_id,))
            thread.start()
            thread.join(30)
        return items

    monkeypatch.setattr(outbox, "claim", visited)
    return lanes_visited


def test_lease_keeps_a_second_worker_away(make_world: MakeWorld, intruder: list[int]) -> None:
    row = row_of("F12")

    found = row.run(make_world(row), row.small).judged(is_small=True)

    assert intruder
    assert found["passed"]


@pytest.mark.any_database
def test_without_the_lease_two_workers_double_what_they_write(
    make_world: MakeWorld, intruder: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(lane_id: int, owner: str) -> bool:
        now = timezone.now()
        Lane.objects.filter(pk=lane_id).update(
            lease_owner=owner, lease_until=now + lanes.LEASE, is_nudged=False, heartbeat_at=now
        )
        return True

    monkeypatch.setattr(lanes, "take", take)
    monkeypatch.setattr(lanes, "renew", lambda lane_id, owner: True)

    found = failed("F12", make_world)

    assert found["duplicated"] > 0 or "writes beyond one per order" in broken(found)


@pytest.mark.any_database
def test_without_its_own_place_a_fresh_order_waits_for_the_backlog(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_both_ends", lambda due, limit: list(due.order_by("due_at", "pk")[:limit]))

    assert broken(failed("F11", make_world)) == {"new orders behind the backlog's tail"}
