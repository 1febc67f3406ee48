"""One supervisor of several goes round, half a minute apart; a fault in it reaches nobody else."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from integration_hub.watch import look, rounds
from integration_hub.watch.findings import Finding
from integration_hub.watch.models import Incident, Lookout
from integration_hub.watch.rounds import Aside, go_round
from tests.web import factories as make


@pytest.mark.django_db
def test_round_finds_keeps_and_tells(to_mail: None) -> None:
    make.item(state="dead")

    assert go_round() is True

    assert list(Incident.objects.values_list("kind", flat=True)) == ["dead_letters"]
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_second_supervisor_leaves_the_round_to_the_first() -> None:
    assert [go_round(), go_round()] == [True, False]


@pytest.mark.django_db
def test_next_round_is_half_a_minute_later() -> None:
    go_round()
    lookout = Lookout.objects.get()
    assert lookout.looked_at is not None
    assert lookout.not_before is not None
    assert lookout.not_before > timezone.now() + timedelta(seconds=20)
    Lookout.objects.update(not_before=timezone.now())

    assert go_round() is True


@pytest.mark.django_db
def test_round_of_a_supervisor_that_died_is_taken_over() -> None:
    Lookout.objects.create(key=rounds.KEY, owner="dead:1:x", not_before=timezone.now() - timedelta(seconds=1))

    assert go_round() is True


@pytest.mark.django_db
def test_probe_that_fails_does_not_keep_the_others_from_looking(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_now: Any) -> list[Finding]:
        raise ZeroDivisionError

    def fine(_now: Any) -> list[Finding]:
        return [Finding("disk", "machine:hub")]

    seen = look.look(timezone.now(), ((broken, frozenset({"poll"})), (fine, frozenset({"disk"}))))

    assert (len(seen.findings), seen.kinds) == (1, frozenset({"disk"}))
    assert "could not look at poll" in caplog.text


def test_thread_is_started_when_it_is_time_and_never_twice() -> None:
    begun, go_on = threading.Semaphore(0), threading.Event()

    def slow() -> bool:
        begun.release()
        return go_on.wait(10)

    aside = Aside(slow, every_seconds=0.0)
    aside.tick()
    assert begun.acquire(timeout=10)
    first = aside.thread
    aside.tick()

    assert aside.thread is first
    assert not begun.acquire(blocking=False)
    go_on.set()
    assert first is not None
    first.join(10)
    aside.tick()
    assert begun.acquire(timeout=10)
    assert aside.thread is not None
    aside.thread.join(10)


def test_nothing_is_looked_at_before_it_is_time() -> None:
    aside = Aside(lambda: True, every_seconds=60.0)

    aside.tick()

    assert aside.thread is None


@pytest.mark.parametrize("fault", [OperationalError, ZeroDivisionError])
def test_fault_in_a_round_ends_that_round_only(fault: type[Exception], caplog: pytest.LogCaptureFixture) -> None:
    def failing() -> bool:
        raise fault

    aside = Aside(failing, every_seconds=0.0)
    aside.tick()
    assert aside.thread is not None
    aside.thread.join(10)
    aside.tick()
    aside.thread.join(10)

    assert caplog.text.count("the watch could not look") == 2
