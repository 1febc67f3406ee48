"""The way onto the task queue. A task is a nudge that carries one integer; our rows are the truth."""

from django_q.tasks import async_task

BULK_CLUSTER = "bulk"
"""Backfills have workers of their own, so that live traffic never waits for them."""


def send_lane(lane_id: int, is_backfill: bool) -> None:
    """Put "work on this lane" on the queue, in the caller's transaction."""
    _put("integration_hub.flows.tasks.work", lane_id, is_bulk=is_backfill)


def send_poll(cursor_id: int) -> None:
    _put("integration_hub.flows.tasks.poll", cursor_id)


def send_backfill(backfill_id: int) -> None:
    _put("integration_hub.flows.tasks.backfill", backfill_id, is_bulk=True)


def send_comparison(run_id: int) -> None:
    _put("integration_hub.flows.tasks.compare", run_id, is_bulk=True)


def send_catalog(reading_id: int) -> None:
    _put("integration_hub.flows.tasks.catalog", reading_id, is_bulk=True)


def send_feed(feed_id: int) -> None:
    _put("integration_hub.flows.tasks.feed", feed_id, is_bulk=True)


def _put(task: str, row_id: int, *, is_bulk: bool = False) -> None:
    if is_bulk:
        async_task(task, row_id, cluster=BULK_CLUSTER)
    else:
        async_task(task, row_id)
