"""A deaf queue is noticed, and a tick survives what may happen."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from integration_hub.engine import inbox, lanes, outbox
from integration_hub.engine.models import Backfill, Heartbeat, Lane, RateBucket, ReconcileRun
from integration_hub.watch.rounds import Aside
from integration_hub.web import supervisor
from integration_hub.web.processes import FALLS_TO_TELL, Child
from integration_hub.web.supervisor import (
    DEAF_AFTER_SECONDS,
    JOB_DEAF_AFTER,
    Supervisor,
    Watchdog,
)
from tests.engine import rows

# --- the watchdog -----------------------------------------------------------------------------------------------------


@pytest.fixture
def due_lane(db: None) -> Lane:
    a_route = rows.route()
    outbox.enqueue([rows.work(a_route)])
    return rows.lane_of(a_route)


def is_deaf_after_a_while(watchdog: Watchdog) -> bool:
    watchdog.is_deaf(0.0)
    return watchdog.is_deaf(DEAF_AFTER_SECONDS + 0.1)


def test_due_work_that_nobody_touches_is_noticed_once(due_lane: Lane) -> None:
    watchdog = Watchdog()

    heard = [watchdog.is_deaf(float(second)) for second in range(15)]

    assert heard == [second in {6, 12} for second in range(15)]


def test_work_that_moves_is_no_standstill(due_lane: Lane) -> None:
    watchdog = Watchdog()
    heard = []
    for second in range(20):
        if second % 4 == 0:
            Lane.objects.update(heartbeat_at=timezone.now())
        heard.append(watchdog.is_deaf(float(second)))

    assert not any(heard)


def _nothing_due(lane: Lane) -> None:
    lane.items.all().delete()


def _somebody_works(lane: Lane) -> None:
    lanes.take(lane.pk, "worker")


def _lane_paused(lane: Lane) -> None:
    lanes.pause([lane.pk], "By hand.")


def _connection_paused(lane: Lane) -> None:
    lane.connection.pause("By hand.")


def _lane_asleep(lane: Lane) -> None:
    lanes.put_to_sleep(lane.pk, rows.soon())


def _breaker_open(lane: Lane) -> None:
    lane.connection.breaker_open_until = rows.soon()
    lane.connection.save()


def _backfill_lane(lane: Lane) -> None:
    Lane.objects.filter(pk=lane.pk).update(is_backfill=True)


@pytest.mark.parametrize(
    "arrange",
    [_nothing_due, _somebody_works, _lane_paused, _connection_paused, _lane_asleep, _breaker_open, _backfill_lane],
)
def test_watchdog_stays_quiet_when(due_lane: Lane, arrange: Callable[[Lane], None]) -> None:
    arrange(due_lane)

    assert is_deaf_after_a_while(Watchdog()) is False


def test_events_that_nobody_reads_are_a_standstill_too(db: None) -> None:
    shop = rows.store()
    lanes.inbound_lane(shop.pk)
    inbox.keep([inbox.Arrival(shop.pk, "order.updated", "k", b"{}")])

    assert is_deaf_after_a_while(Watchdog()) is True


def test_lease_that_ran_out_is_nobody(due_lane: Lane) -> None:
    lanes.take(due_lane.pk, "dead")
    Lane.objects.update(lease_until=timezone.now())

    assert is_deaf_after_a_while(Watchdog()) is True


# --- a tick -----------------------------------------------------------------------------------------------------------


class Puppet(Child):
    """A child that only notes what is done to it."""

    def start(self) -> None:
        self.started_at = -1000.0

    def keep_alive(self) -> bool:
        return False

    def restart_now(self) -> None:
        self.restarts += 1


Staged = tuple[Supervisor, dict[str, Puppet]]


@pytest.fixture
def boss_and_puppets(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staged:
    # The test's own connection must outlive the tick.
    monkeypatch.setattr(supervisor, "close_old_connections", lambda: None)
    puppets = {name: Puppet(name, [], tmp_path) for name in ("web", "workers", "bulk-workers")}
    for puppet in puppets.values():
        puppet.start()
    return Supervisor(list(puppets.values()), tmp_path), puppets


def test_deaf_workers_are_restarted_and_nobody_else(
    due_lane: Lane, boss_and_puppets: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [5000.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: now[0])
    boss, puppets = boss_and_puppets
    puppets["bulk-workers"].started_at = now[0]

    for _ in range(8):
        boss.tick()
        now[0] += 1

    assert {name: puppet.restarts for name, puppet in puppets.items()} == {"web": 0, "workers": 1, "bulk-workers": 0}


def test_workers_that_are_still_loading_are_not_restarted(
    due_lane: Lane, boss_and_puppets: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [5000.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: now[0])
    boss, puppets = boss_and_puppets
    puppets["workers"].started_at = now[0]

    for _ in range(15):
        boss.tick()
        now[0] += 1

    assert puppets["workers"].restarts == 0


def test_long_job_that_nobody_takes_up_restarts_the_workers_for_long_jobs(boss_and_puppets: Staged) -> None:
    """It was asked for with a task that never began."""
    boss, puppets = boss_and_puppets
    nudged_at = timezone.now() - JOB_DEAF_AFTER
    job = Backfill.objects.create(route=rows.route(), due_at=timezone.now(), nudged_at=nudged_at + timedelta(seconds=5))
    boss.tick()
    before = puppets["bulk-workers"].restarts
    Backfill.objects.update(due_at=timezone.now() + timedelta(hours=1), nudged_at=nudged_at - timedelta(seconds=1))

    boss.tick()

    job.refresh_from_db()
    assert (before, puppets["bulk-workers"].restarts, puppets["workers"].restarts) == (0, 1, 0)
    assert (job.state, job.nudged_at) == ("running", None)


def test_workers_that_are_busy_with_another_long_job_are_left_alone(boss_and_puppets: Staged) -> None:
    boss, puppets = boss_and_puppets
    a_route = rows.route()
    long_ago = timezone.now() - 2 * JOB_DEAF_AFTER
    Backfill.objects.create(route=a_route, due_at=rows.soon(), nudged_at=long_ago)
    ReconcileRun.objects.create(route=a_route, lease_owner="elsewhere:1:x", lease_until=rows.soon())

    boss.tick()

    assert puppets["bulk-workers"].restarts == 0


def test_long_job_of_a_dead_worker_of_this_machine_is_free_at_once(boss_and_puppets: Staged) -> None:
    boss, _puppets = boss_and_puppets
    dead = lanes.new_owner().replace(f":{os.getpid()}:", ":999999999:")
    job = ReconcileRun.objects.create(route=rows.route(), lease_owner=dead, lease_until=rows.soon(), due_at=rows.soon())

    boss.tick()

    job.refresh_from_db()
    assert (job.lease_owner, job.lease_until) == ("", None)


def test_tick_beats_and_survives_a_database_that_is_away(
    boss_and_puppets: Staged,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    boss, _puppets = boss_and_puppets
    boss.tick()
    assert Heartbeat.objects.get().detail == {
        "web": 0,
        "workers": 0,
        "bulk-workers": 0,
        "falling": [],
        "stopped": False,
    }

    def away() -> Any:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(supervisor, "sweep", away)
        patch.setattr("integration_hub.web.supervisor.connection.close", lambda: None)
        for _ in range(3):
            boss.tick()
    boss.tick()

    assert caplog.text.count("the database is not available") == 1
    assert caplog.text.count("the database is back") == 1
    assert RateBucket.objects.count() == 0


def test_beat_names_what_does_not_stay_up_and_a_stop_that_was_wished(
    boss_and_puppets: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss, puppets = boss_and_puppets
    puppets["workers"].quick_deaths = FALLS_TO_TELL
    monkeypatch.setattr(Puppet, "is_falling", property(lambda self: self.quick_deaths >= FALLS_TO_TELL))

    boss.tick()
    running = Heartbeat.objects.get().detail
    boss.end_children()

    assert (running["falling"], running["stopped"]) == (["workers"], False)
    assert Heartbeat.objects.get().detail["stopped"] is True


def test_every_tick_lets_the_watch_see_whether_it_is_time_even_without_a_database(
    boss_and_puppets: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    boss, _puppets = boss_and_puppets
    ticks: list[int] = []
    monkeypatch.setattr(Aside, "tick", lambda _self: ticks.append(1))
    boss.watch = Aside()
    boss.tick()

    def away() -> None:
        raise OperationalError

    monkeypatch.setattr(supervisor, "sweep", away)
    monkeypatch.setattr("integration_hub.web.supervisor.connection.close", lambda: None)
    boss.tick()

    assert len(ticks) == 2
