"""What backfills and comparisons share: one slice of work on a long job, and what a fault means for it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import Adapter, ObjectSource
from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited
from connectors.contract.results import Page, UnreadableObject
from integration_hub.connections.models import Connection
from integration_hub.engine import jobs, keeper, lanes
from integration_hub.engine.models import OutboxItem
from integration_hub.engine.models.jobs import LongJob

from .definitions import OUTWARD, FlowName
from .services import Deadline

logger = logging.getLogger(__name__)

J = TypeVar("J", bound=LongJob)

MOST_WAITING = 2_000
"""Reading stops while this much waits to be sent, so neither memory nor the tables grow with the shop's age."""

CHECK_AGAIN = timedelta(seconds=2)
AFTER_A_FAULT = timedelta(seconds=30)

SOURCES: dict[ObjectKind, Callable[[Adapter], ObjectSource[Any] | None]] = {
    ObjectKind.ORDER: lambda adapter: adapter.orders,
    ObjectKind.CUSTOMER: lambda adapter: adapter.customers,
    ObjectKind.PRODUCT: lambda adapter: adapter.products,
}
"""What a store lets us read of each kind. Leads are pushed and never read; statuses are read with their orders."""

KINDS = {flow: kind for kind, flow in OUTWARD.items() if kind in SOURCES}
"""The flows whose objects can be walked."""


class SideRefusedError(Exception):
    """One of the connections refuses us: it is paused, and the job stops until staff have repaired it."""

    def __init__(self, connection: Connection, message: str) -> None:
        super().__init__(message)
        self.connection = connection
        self.message = message


def readable_flows() -> Sequence[FlowName]:
    """The flows that a backfill can bring over."""
    return tuple(KINDS)


def work_on(
    model: type[J],
    pk: int,
    walk: Callable[[J, Deadline], None],
    *,
    needs: Callable[[J], Sequence[Connection]],
    deadline: Deadline | None = None,
) -> None:
    """One slice of a job, when it runs and nobody else works on it. A fault puts it off or stops it, with the reason.

    It waits while a connection that it ``needs`` is paused; the first of them is meant when the walk raises
    Misconfigured.
    """
    job = jobs.take(model, pk, lanes.new_owner(), "route__store", "route__crm")
    if job is None:
        return
    paused = next((each for each in needs(job) if each.is_paused), None)
    if paused is not None:
        jobs.rest(job, AFTER_A_FAULT, f"“{paused}” is paused. This goes on when it is resumed.")
        return
    try:
        with keeper.kept(lambda: jobs.renew(job)):
            walk(job, deadline or Deadline())
    except jobs.JobLostError:
        return
    except RateLimited as error:
        jobs.rest(job, error.retry_after or CHECK_AGAIN)
    except SideRefusedError as error:
        error.connection.pause(error.message)
        jobs.stop(job, error.message)
    except Misconfigured as error:
        needs(job)[0].pause(error.message)
        jobs.stop(job, error.message)
    except ConnectorError as error:
        jobs.rest(job, AFTER_A_FAULT, error.message)
    except (OperationalError, InterfaceError):
        raise  # the database is away; the lease runs out
    except Exception as error:
        logger.exception("%s %s failed", model.__name__.lower(), pk)
        message = f"An error inside the hub ({type(error).__name__}). It is tried again; if it stays, report it."
        jobs.rest(job, AFTER_A_FAULT, message)


def is_full(lane_id: int) -> bool:
    """Whether enough waits on a backfill lane for now."""
    waiting = OutboxItem.objects.filter(lane_id=lane_id, state=OutboxItem.State.WAITING)
    return len(waiting.values_list("pk")[:MOST_WAITING]) >= MOST_WAITING


def without_overlap(job: LongJob, page: Page[Any]) -> Page[Any]:
    """The page without what the one before it held already."""
    before = set(job.last_ids)
    job.last_ids = [each.id for each in page.items] or job.last_ids
    return replace(page, items=[each for each in page.items if each.id not in before])


def readable(page: Page[Any]) -> list[Any]:
    return [each for each in page.items if not isinstance(each, UnreadableObject)]


def unreadable(page: Page[Any]) -> list[UnreadableObject]:
    return [each for each in page.items if isinstance(each, UnreadableObject)]
