"""The catalog as a file: built in the background when products changed and every night, always whole."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from connectors.contract.capabilities import CatalogFeed as FeedWriter
from connectors.contract.errors import ConnectorError, Misconfigured
from connectors.contract.results import FeedForm, SetupStep
from integration_hub.catalog.files import replace_file
from integration_hub.catalog.models import CatalogFeed, digest_of, new_token
from integration_hub.catalog.schedule import BUILD_DELAY, next_night
from integration_hub.catalog.shop import shop_catalog
from integration_hub.connections.models import Route
from integration_hub.engine import jobs, keeper, lanes
from integration_hub.engine.exchanges import ExchangeLog

from .queue import send_feed
from .services import opened

logger = logging.getLogger(__name__)

AFTER_A_LOSS = timedelta(hours=1)
"""When a file whose worker was lost in the middle is built again. Longer than the delay after a change."""


def send_due() -> int:
    """Make the feeds that routes need, and nudge the builds that are due; returns how many."""
    now = timezone.now()
    routes = Route.objects.filter(sync_catalog=True, catalog_feed=None).exclude(mode=Route.Mode.OFF)
    for route_id in routes.values_list("pk", flat=True):
        token = new_token()
        fields = {"token": token, "token_digest": digest_of(token), "due_at": now}
        CatalogFeed.objects.get_or_create(route_id=route_id, defaults=fields)
    return jobs.nudge_due(CatalogFeed, send_feed, Q(route__sync_catalog=True) & ~Q(route__mode=Route.Mode.OFF))


def build_now(feed: CatalogFeed) -> None:
    """Have the file built within seconds."""
    CatalogFeed.objects.filter(pk=feed.pk).update(due_at=timezone.now(), nudged_at=None)
    send_due()


def renew_address(feed: CatalogFeed) -> None:
    """From now on the file is found at another address only."""
    feed.renew_token()
    feed.save(update_fields=["token", "token_digest"])


def build_feed(feed_id: int) -> None:
    """Write the file anew. When that fails the old one stays, and the reason stands on the feed."""
    feed = jobs.take(CatalogFeed, feed_id, lanes.new_owner(), "route__store", "route__crm")
    if feed is None:
        return
    began = timezone.now()
    # Before reading: what changes while the file is written asks for another one.
    again_at = began + AFTER_A_LOSS
    CatalogFeed.objects.filter(pk=feed_id).update(due_at=again_at)
    try:
        writer = _writer(feed)
        with keeper.kept(lambda: jobs.renew(feed)):
            written, size = replace_file(
                feed, lambda stream: writer.write(stream, shop_catalog(feed.route.store, began))
            )
    except (OperationalError, InterfaceError):
        raise  # the database is away; the lease runs out
    except ConnectorError as error:
        _not_built(feed, error.message)
    except Exception as error:
        logger.exception("catalog file of route %s could not be built", feed.route_id)
        words = f"An error inside the hub ({type(error).__name__}). It is tried again; if it stays, report it."
        _not_built(feed, words)
    else:
        took = timezone.now() - began
        CatalogFeed.objects.filter(pk=feed_id, due_at=again_at).update(due_at=next_night(began))
        jobs.give_back(
            feed,
            built_at=began,
            build_ms=int(took.total_seconds() * 1000),
            offers=written.offers,
            size=size,
            notes=list(written.notes),
            error="",
        )


def _not_built(feed: CatalogFeed, message: str) -> None:
    due_at = timezone.now() + BUILD_DELAY
    jobs.give_back(feed, error=message, due_at=due_at)


def feed_address(feed: CatalogFeed) -> str:
    """Where the CRM loads the file; whoever knows it can read the catalog, purchase prices included."""
    return f"{settings.HUB_BASE_URL}{reverse('feed', args=[feed.token])}"


def _writer(feed: CatalogFeed) -> FeedWriter:
    """Raises Misconfigured when the CRM loads no file, or is not set up."""
    writer = opened(feed.route.crm, ExchangeLog(feed.route.crm_id)).catalog_feed
    if writer is None:
        message = f"“{feed.route.crm}” loads no catalog file."
        raise Misconfigured(message, code="not_supported")
    return writer


def feed_setup(feed: CatalogFeed) -> Sequence[SetupStep]:
    """What staff do in the CRM; raises Misconfigured as a build would."""
    return _writer(feed).setup(feed_address(feed))


def feed_form(feed: CatalogFeed) -> FeedForm:
    """What kind of file it is; raises Misconfigured as a build would."""
    return _writer(feed).form()
