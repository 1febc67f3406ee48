"""Products: reads a store's whole catalog every night, so that what no event told is seen, and what is gone too."""

import logging
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Product
from connectors.contract.capabilities import ObjectSource
from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Unreadable
from connectors.contract.results import Page, UnreadableObject
from integration_hub.catalog.models import CatalogFeed, CatalogReading
from integration_hub.catalog.schedule import changed, next_night
from integration_hub.connections.models import Connection
from integration_hub.engine import jobs, keeper, lanes
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.records.models import Record

from .absorb import Found, absorb
from .queue import send_catalog, send_lane
from .routing import routes_with_products, scope_of
from .services import Deadline, opened

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
AFTER_A_FAULT = timedelta(minutes=2)


def send_due() -> int:
    """Make the rows that routes need, and nudge the readings that are due; returns how many."""
    now = timezone.now()
    routes = routes_with_products().filter(store__catalog_reading=None)
    for store_id in routes.values_list("store_id", flat=True).distinct():
        CatalogReading.objects.get_or_create(connection_id=store_id, defaults={"due_at": now})
    return jobs.nudge_due(CatalogReading, send_catalog, Q(connection__paused_at=None))


def read_now(connection: Connection) -> None:
    """Begin a walk through the store's catalog, or go on with the one in progress."""
    now = timezone.now()
    CatalogReading.objects.update_or_create(connection=connection, defaults={"due_at": now, "nudged_at": None})
    send_due()


def read_catalog(reading_id: int, deadline: Deadline | None = None) -> None:
    """Read pages until the slice is over or all is read. The page reached is stored with what it held."""
    deadline = deadline or Deadline()
    reading = jobs.take(CatalogReading, reading_id, lanes.new_owner(), "connection")
    if reading is None:
        return
    if reading.connection.is_paused or reading.due_at > timezone.now():  # a second task for one nudge comes too late
        jobs.give_back(reading)
        return
    log = ExchangeLog(reading.connection_id)
    try:
        source = opened(reading.connection, log).products
        if source is None:
            message = f"“{reading.connection}” does not let the hub read products. It has to send them by itself."
            _rest(reading, EVERY, message)
            return
        with keeper.kept(lambda: jobs.renew(reading)):
            _walk(reading, source, deadline)
    except jobs.JobLostError:
        return
    except RateLimited as error:
        _rest(reading, error.retry_after or timedelta(seconds=5))
    except Misconfigured as error:
        reading.connection.pause(error.message)
        _rest(reading, AFTER_A_FAULT, error.message)
    except ConnectorError as error:
        _rest(reading, AFTER_A_FAULT, error.message)
    except (OperationalError, InterfaceError):
        raise  # the database is away; the lease runs out
    except Exception as error:
        logger.exception("catalog of connection %s could not be read", reading.connection_id)
        _rest(reading, AFTER_A_FAULT, _internal(error))
    finally:
        log.store()


def _walk(reading: CatalogReading, source: ObjectSource[Product], deadline: Deadline) -> None:
    if reading.begun_at is None:
        reading.begun_at, reading.position = timezone.now(), ""
        jobs.advance(reading, begun_at=reading.begun_at, position="", read=0, unreadable=0, total=None, error="")
    while not deadline.has_passed:
        page = source.scan(None, None, reading.position)
        _store(reading, page)
        if not page.has_more:
            _finish(reading)
            return
    _rest(reading, timedelta(0))


def _store(reading: CatalogReading, page: Page[Product | UnreadableObject]) -> None:
    """Keep a page and the place reached, in one transaction. Only what changed goes on to the CRMs."""
    now = timezone.now()
    faults = [each for each in page.items if isinstance(each, UnreadableObject)]
    founds = [_found(each, now) for each in page.items if not isinstance(each, UnreadableObject)]
    seen = [each.id for each in page.items]
    with transaction.atomic():
        taken = absorb(scope_of(reading.connection, is_backfill=True), founds)
        Record.objects.filter(
            connection=reading.connection_id, kind=ObjectKind.PRODUCT.value, object_id__in=seen
        ).update(seen_at=now)
        reading.position = page.cursor
        jobs.advance(
            reading,
            position=page.cursor,
            read=F("read") + len(page.items),
            unreadable=F("unreadable") + len(faults),
            total=F("total") if page.total is None else page.total,
            **({"error": Unreadable(f"Product {faults[0].id}", faults[0].faults).message} if faults else {}),
        )
    lanes.nudge(taken.lanes, send_lane)


def _found(product: Product, now: datetime) -> Found:
    return Found(
        kind=ObjectKind.PRODUCT,
        id=product.id,
        record=product,
        version=product.updated_at,
        accepted_at=now,
        trigger="catalog",
        is_present=True,
    )


def _finish(reading: CatalogReading) -> None:
    """What the walk did not meet is no longer in the store."""
    now = timezone.now()
    missed = Record.objects.filter(
        connection=reading.connection_id,
        kind=ObjectKind.PRODUCT.value,
        is_gone=False,
        seen_at__lt=reading.begun_at or now,
    )
    if missed.update(is_gone=True):
        changed(reading.connection_id)
    jobs.give_back(reading, begun_at=None, position="", finished_at=now, due_at=next_night(now))
    # The first file is wanted now, not after the delay.
    CatalogFeed.objects.filter(route__store=reading.connection_id, offers=0).update(due_at=now)


def _rest(reading: CatalogReading, delay: timedelta, error: str | None = None) -> None:
    fields = {} if error is None else {"error": error}
    jobs.give_back(reading, due_at=timezone.now() + delay, **fields)


def _internal(error: Exception) -> str:
    return f"An error inside the hub ({type(error).__name__}). It is tried again; if it stays, report it."
