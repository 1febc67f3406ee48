"""An incident is opened once, followed, and closed when it has been gone for a while; who was told is told again."""

from datetime import UTC, datetime, timedelta

import pytest

from integration_hub.watch.findings import Finding
from integration_hub.watch.ledger import HEALED_AFTER, QUIET_AFTER, record
from integration_hub.watch.look import Seen
from integration_hub.watch.models import Incident, Notice

pytestmark = pytest.mark.django_db

T0 = datetime(2026, 11, 20, 10, tzinfo=UTC)
ALL = frozenset(Incident.Kind.values)


def letters(size: int = 1) -> Finding:
    return Finding("dead_letters", "route:1", {"name": "Shop to CRM"}, size)


def see(at: datetime, *findings: Finding, kinds: frozenset[str] = ALL) -> None:
    record(Seen(findings, kinds), at)


def notices() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("stage", "channel"))


def told(at: datetime) -> None:
    """As if all that was due had been sent."""
    Notice.objects.filter(due_at__lte=at).update(sent_at=at, due_at=None)
    Incident.objects.filter(notified_at=None).update(notified_at=at)


def test_what_stays_broken_is_one_incident_with_one_message(to_mail: None) -> None:
    for second in range(0, 120, 30):
        see(T0 + timedelta(seconds=second), letters())

    incident = Incident.objects.get()
    assert (incident.opened_at, incident.last_seen_at) == (T0, T0 + timedelta(seconds=90))
    assert incident.closed_at is None
    assert notices() == [("opened", "mail")]


def test_healed_is_said_once_after_it_has_been_gone_for_a_while(to_mail: None) -> None:
    see(T0, letters())
    told(T0)
    see(T0 + HEALED_AFTER - timedelta(seconds=1))
    early = Incident.objects.get().closed_at
    see(T0 + HEALED_AFTER)
    see(T0 + HEALED_AFTER * 2)

    assert early is None
    assert Incident.objects.get().closed_at == T0 + HEALED_AFTER
    assert notices() == [("opened", "mail"), ("healed", "mail")]


def test_what_comes_and_goes_within_two_minutes_is_one_incident(to_mail: None) -> None:
    see(T0, letters())
    told(T0)
    see(T0 + timedelta(seconds=60))
    see(T0 + timedelta(seconds=90), letters())
    see(T0 + timedelta(seconds=180))

    assert Incident.objects.count() == 1
    assert notices() == [("opened", "mail")]


def test_nobody_hears_of_a_cure_who_did_not_hear_of_the_fault(to_mail: None) -> None:
    see(T0, letters())
    see(T0 + HEALED_AFTER)

    assert Incident.objects.get().closed_at is not None
    assert notices() == []


def test_what_breaks_again_soon_waits_with_its_message(to_mail: None) -> None:
    see(T0, letters())
    told(T0)
    closed_at = T0 + HEALED_AFTER
    see(closed_at)
    see(closed_at + timedelta(minutes=1), letters())

    again = Notice.objects.filter(stage="opened").latest("pk")
    assert Incident.objects.count() == 2
    assert again.due_at == closed_at + QUIET_AFTER


def test_tenfold_growth_is_told_once_for_each_tenfold(to_mail: None) -> None:
    see(T0, letters(2))
    told(T0)
    for minute, size in enumerate((3, 19, 20, 25, 199, 200), start=1):
        see(T0 + timedelta(minutes=minute), letters(size))

    assert notices() == [("opened", "mail"), ("grown", "mail"), ("grown", "mail")]
    assert Incident.objects.get().size == 200


def test_probe_that_failed_heals_nothing(to_mail: None) -> None:
    see(T0, letters())
    see(T0 + timedelta(hours=1), kinds=ALL - {"dead_letters"})

    assert Incident.objects.get().closed_at is None


def test_without_channels_incidents_are_kept_and_nobody_is_told() -> None:
    see(T0, letters())

    assert Incident.objects.count() == 1
    assert notices() == []
