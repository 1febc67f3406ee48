"""What arrived: kept once, handed out in batches, never for ever."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from connectors.contract.errors import AGAIN
from integration_hub.connections.models import Connection
from integration_hub.engine import inbox
from integration_hub.engine.models import InboxEvent

from .rows import race, store

State = InboxEvent.State


@pytest.fixture
def shop(db: None) -> Connection:
    return store()


def arrival(shop: Connection, key: str = "k", **fields: object) -> inbox.Arrival:
    return inbox.Arrival(shop.pk, "order.updated", key, b"{}", **fields)  # type: ignore[arg-type]  # as given


def claim_one(shop: Connection) -> InboxEvent:
    [event] = inbox.claim(shop.pk, 100)
    return event


def test_event_is_kept_as_it_came(shop: Connection) -> None:
    inbox.keep([inbox.Arrival(shop.pk, "t" * 500, "k", b"\x00\xff raw", {"x": "1"})])

    event = InboxEvent.objects.get()
    assert (bytes(event.body), event.headers, event.topic) == (b"\x00\xff raw", {"x": "1"}, "t" * 120)
    assert (event.state, event.source, event.tries) == ("new", "webhook", 0)


def test_repeated_delivery_is_the_event_that_is_there(shop: Connection) -> None:
    other = store("Other shop")

    for _ in range(5):
        inbox.keep([arrival(shop)])
    inbox.keep([arrival(other)])

    assert InboxEvent.objects.count() == 2


def test_batch_says_how_many_were_new(shop: Connection) -> None:
    inbox.keep([arrival(shop, "a")])

    new = inbox.keep([arrival(shop, key) for key in ("a", "b", "c", "b")])

    assert new == 2
    assert InboxEvent.objects.count() == 3


def test_keeping_nothing_is_nothing(shop: Connection) -> None:
    assert inbox.keep([]) == 0


@pytest.mark.django_db(transaction=True)
def test_events_that_come_one_to_five_times_in_parallel_are_kept_once() -> None:
    shop = store()

    def deliver(place: int) -> None:
        for number in range(20):
            if place < 1 + number % 5:
                inbox.keep([arrival(shop, f"event {number}")])

    race(5, deliver)

    assert InboxEvent.objects.count() == 20


def test_due_events_come_oldest_first_and_their_try_is_counted(shop: Connection) -> None:
    inbox.keep([arrival(shop, "a")])
    inbox.keep([arrival(shop, "b")])
    InboxEvent.objects.filter(dedup_key="b").update(due_at=timezone.now() - timedelta(minutes=1))
    inbox.keep([arrival(shop, "later")])
    InboxEvent.objects.filter(dedup_key="later").update(due_at=timezone.now() + timedelta(minutes=1))

    events = inbox.claim(shop.pk, 100)

    assert [event.dedup_key for event in events] == ["b", "a"]
    assert list(InboxEvent.objects.order_by("dedup_key").values_list("tries", flat=True)) == [1, 1, 0]


def test_ends_are_stored_for_a_batch(shop: Connection) -> None:
    inbox.keep([arrival(shop, key) for key in "abc"])
    done, ignored, later = sorted(inbox.claim(shop.pk, 100), key=lambda event: event.dedup_key)
    done.object_kind, done.object_id = "order", "1001"

    inbox.finish(done, State.DONE)
    inbox.finish(ignored, State.IGNORED, "Nothing to do.")
    inbox.postpone(later, "The shop is away.")
    inbox.save_all([done, ignored, later])

    rows = {row.dedup_key: row for row in InboxEvent.objects.all()}
    assert (rows["a"].state, rows["a"].object_kind, rows["a"].object_id) == ("done", "order", "1001")
    assert (rows["b"].state, rows["b"].reason) == ("ignored", "Nothing to do.")
    assert (rows["c"].state, rows["c"].reason, rows["c"].tries) == ("new", "The shop is away.", 1)
    assert rows["a"].processed_at is not None
    assert rows["c"].processed_at is None
    assert rows["c"].due_at > timezone.now() + timedelta(seconds=0.5)


def test_event_that_cannot_be_read_fails_after_its_last_try(shop: Connection) -> None:
    inbox.keep([arrival(shop)])
    ends = []

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(15):
            event = claim_one(shop)
            inbox.postpone(event, f"The shop is away. {AGAIN}")
            inbox.save_all([event])
            kept = InboxEvent.objects.get()
            ends.append((kept.state, kept.reason))
            clock.shift(timedelta(hours=13))

        assert inbox.claim(shop.pk, 100) == []

    assert ends == [("new", f"The shop is away. {AGAIN}")] * 14 + [("failed", "The shop is away.")]


def test_waiting_for_the_rate_limit_or_for_staff_uses_up_no_try(shop: Connection) -> None:
    inbox.keep([arrival(shop)])

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(20):
            event = claim_one(shop)
            inbox.postpone(event, "Rate limit.", retry_after=timedelta(minutes=5), counts_as_try=False)
            inbox.save_all([event])
            assert event.due_at - timezone.now() == timedelta(minutes=5)
            clock.shift(timedelta(minutes=6))

    assert (InboxEvent.objects.get().state, InboxEvent.objects.get().tries) == ("new", 0)


def test_event_that_kills_its_worker_fails_after_its_last_try_and_spares_its_neighbours(shop: Connection) -> None:
    """The batch that holds the poison is never saved; the next one leaves it out."""
    inbox.keep([arrival(shop, "poison"), arrival(shop, "good")])
    claims = []

    for turn in range(20):
        if turn == 2:
            inbox.keep([arrival(shop, "fresh")])
        events = inbox.claim(shop.pk, 100)
        claims.append([event.dedup_key for event in events])
        if "poison" not in claims[-1]:
            for event in events:
                inbox.finish(event, State.DONE)
            inbox.save_all(events)

    ends = dict(InboxEvent.objects.values_list("dedup_key", "state"))
    assert ends == {"poison": "failed", "good": "done", "fresh": "done"}
    assert claims[0] == ["poison", "good"]
    assert ["fresh"] in claims[2:3]
    assert InboxEvent.objects.get(dedup_key="poison").reason == inbox.KILLED_ITS_WORKER
    assert InboxEvent.objects.get(dedup_key="poison").tries == 15


def test_hundreds_that_lost_their_worker_twice_are_not_read_one_by_one(shop: Connection) -> None:
    """A server that is restarted takes the workers with it, whatever they read."""
    inbox.keep([arrival(shop, str(number)) for number in range(60)])
    for _death in range(2):
        assert len(inbox.claim(shop.pk, 100)) == 60

    sizes = []
    while events := inbox.claim(shop.pk, 100):
        sizes.append(len(events))
        for event in events:
            inbox.finish(event, State.DONE)
        inbox.save_all(events)

    assert sizes == [25, 25, 10]


def test_one_lost_worker_is_nobodys_fault(shop: Connection) -> None:
    inbox.keep([arrival(shop, "a"), arrival(shop, "b")])
    inbox.claim(shop.pk, 100)

    assert [event.dedup_key for event in inbox.claim(shop.pk, 100)] == ["a", "b"]


def test_suspects_have_their_turn_while_others_keep_coming(shop: Connection) -> None:
    inbox.keep([arrival(shop, "old")])
    inbox.claim(shop.pk, 100)
    inbox.claim(shop.pk, 100)
    inbox.keep([arrival(shop, "fresh")])

    in_turn = inbox.claim(shop.pk, 100, suspects_first=True)

    assert [event.dedup_key for event in in_turn] == ["old"]
    assert not inbox.has_suspects(shop.pk, timezone.now() - timedelta(hours=1))
    assert inbox.has_suspects(shop.pk, timezone.now())


def test_replay_reads_what_is_at_rest_again(shop: Connection) -> None:
    inbox.keep([arrival(shop, key) for key in "ab"])
    [failed, waiting] = sorted(inbox.claim(shop.pk, 100), key=lambda event: event.dedup_key)
    failed.tries = 8
    inbox.finish(failed, State.FAILED, "Broken.")
    inbox.postpone(waiting, "Away.")
    inbox.save_all([failed, waiting])

    count = inbox.replay([failed, waiting])

    row = InboxEvent.objects.get(dedup_key="a")
    assert count == 1
    assert (row.state, row.tries, row.reason, row.processed_at) == ("new", 0, "", None)
    assert [event.dedup_key for event in inbox.claim(shop.pk, 100)] == ["a"]


def test_connections_with_due_events_are_found(shop: Connection) -> None:
    quiet = store("Quiet")
    inbox.keep([arrival(shop, "a")])
    inbox.keep([arrival(shop, "b")])
    now = timezone.now()

    assert inbox.due_connections(now) == [shop.pk]
    assert (inbox.has_due(shop.pk, now), inbox.has_due(quiet.pk, now)) == (True, False)
