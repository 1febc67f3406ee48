"""Catalog files: the address to copy, where to enter it, what is in the file, build it now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from connectors.contract.errors import ConnectorError
from integration_hub.catalog.models import CatalogFeed, CatalogReading
from integration_hub.connections.models import Route
from integration_hub.flows import catalog, feeds

from .base import LogAdmin, chip, moment
from .buttons import Button, ButtonsMixin, PageLink, Words


def _build(_request: HttpRequest, feed: CatalogFeed) -> Words:
    feeds.build_now(feed)
    return _("The file is being built; look at this page again in a few seconds.")


def _read(_request: HttpRequest, feed: CatalogFeed) -> Words:
    catalog.read_now(feed.route.store)
    return _("The store's products are being read; the file follows.")


def _renew(_request: HttpRequest, feed: CatalogFeed) -> Words:
    feeds.renew_address(feed)
    return _("The file has a new address. Enter it in the CRM: the old one finds nothing any more.")


def state_of(feed: CatalogFeed, now: datetime) -> tuple[str, Words]:
    """A word for the colour, and one for people."""
    if feed.route.mode == Route.Mode.OFF or not feed.route.sync_catalog:
        return "quiet", _("switched off")
    if feed.error:
        return "problem", _("error")
    if feed.nudged_at is not None or (feed.lease_until is not None and feed.lease_until > now):
        return "running", _("being built")
    if feed.built_at is None:
        return "unverified", _("not built yet")
    return "active", _("ready")


@admin.register(CatalogFeed)
class CatalogFeedAdmin(ButtonsMixin, LogAdmin):
    when_empty = _("A route makes a file as soon as “catalog” is switched on there, where its CRM loads one.")
    page_panel = "hub/feed.html"
    list_display: ClassVar = ("route", "shown_state", "offers", "shown_size", "built", "fetched")
    list_select_related: ClassVar = ("route",)
    fields: ClassVar = ("route",)
    buttons: ClassVar = (
        Button("build", _("Build now"), "build", "catalog.change_catalogfeed", _build, variant="primary", in_rows=True),
        Button("read", _("Read the store's products now"), "sync", "catalog.change_catalogfeed", _read),
        Button("renew", _("New address"), "vpn_key", "catalog.change_catalogfeed", _renew),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CatalogFeed]:
        rows: QuerySet[CatalogFeed] = super().get_queryset(request)
        return rows.select_related("route__store", "route__crm")

    @display(description=_("State"))
    def shown_state(self, row: CatalogFeed) -> SafeString:
        return chip(*state_of(row, timezone.now()))

    @display(description=_("Size"), ordering="size")
    def shown_size(self, row: CatalogFeed) -> str:
        return filesizeformat(row.size) if row.size else "—"

    @display(description=_("Built"), ordering="built_at")
    def built(self, row: CatalogFeed) -> Any:
        return moment(row.built_at)

    @display(description=_("Last fetched"), ordering="fetched_at")
    def fetched(self, row: CatalogFeed) -> Any:
        return moment(row.fetched_at)

    def page_links(self, request: HttpRequest, row: CatalogFeed) -> Sequence[PageLink]:  # noqa: ARG002
        return [PageLink(_("Route"), "route", reverse("admin:connections_route_change", args=[row.route_id]))]

    def page_context(self, request: HttpRequest, row: CatalogFeed) -> dict[str, Any]:
        """The address is shown to those who may change the feed: it opens the catalog, purchase prices included."""
        may_see = request.user.has_perm("catalog.change_catalogfeed")
        return {
            "feed": row,
            "feed_state": state_of(row, timezone.now()),
            "feed_address": feeds.feed_address(row) if may_see else "",
            "feed_steps": _steps(row) if may_see else (),
            "feed_size": filesizeformat(row.size),
            "reading": CatalogReading.objects.filter(connection=row.route.store_id).first(),
            "now": timezone.now(),
        }


def _steps(feed: CatalogFeed) -> Sequence[Any]:
    try:
        return feeds.feed_setup(feed)
    except ConnectorError:
        return ()
