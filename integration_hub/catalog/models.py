"""One row per store whose products are read, one per route whose CRM gets them as a file."""

import hashlib
import hmac
import secrets
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Connection, Route
from integration_hub.engine.models.jobs import Leased

TOKEN_BYTES = 32


def new_token() -> str:
    """An unguessable part of the file's address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """What a token is looked up by. Comparing digests in an index gives away nothing about the token."""
    return hashlib.sha256(token.encode()).hexdigest()


class CatalogReading(Leased):
    """The walk through all products of a store: every night, when a route begins to carry them, and by hand.

    ``position`` is the connector's cursor of the walk in progress, ``begun_at`` when it started; both are empty
    between two walks. What a finished walk has not met is gone from the store.
    """

    connection = models.OneToOneField(
        Connection, models.CASCADE, related_name="catalog_reading", verbose_name=_("connection")
    )
    due_at = models.DateTimeField(_("next time"))
    position = models.TextField(blank=True)
    begun_at = models.DateTimeField(_("began"), null=True, blank=True)
    finished_at = models.DateTimeField(_("last read"), null=True, blank=True)
    read = models.PositiveIntegerField(_("products read"), default=0)
    total = models.PositiveIntegerField(_("in the store"), null=True, blank=True)
    unreadable = models.PositiveIntegerField(_("unreadable"), default=0)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("catalog of a store")
        verbose_name_plural = _("catalogs of stores")

    def __str__(self) -> str:
        return str(self.connection)


class CatalogFeed(Leased):
    """The catalog of a route's store as a file that the CRM loads from a secret address."""

    route = models.OneToOneField(Route, models.CASCADE, related_name="catalog_feed", verbose_name=_("route"))
    token = models.CharField(max_length=64, default=new_token, editable=False)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    due_at = models.DateTimeField(_("next build"))
    built_at = models.DateTimeField(_("built"), null=True, blank=True)
    build_ms = models.PositiveIntegerField(_("build took, ms"), default=0)
    offers = models.PositiveIntegerField(_("offers"), default=0)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    notes = models.JSONField(_("left out"), default=list, blank=True)
    error = models.TextField(_("error"), blank=True)
    fetched_at = models.DateTimeField(_("last fetched"), null=True, blank=True)

    class Meta:
        verbose_name = _("catalog file")
        verbose_name_plural = _("catalog files")
        ordering: ClassVar = ["route__name"]

    def __str__(self) -> str:
        return str(self.route)

    def renew_token(self) -> None:
        """From now on the file has another address; whoever knows the old one finds nothing. Not saved."""
        self.token = new_token()
        self.token_digest = digest_of(self.token)


def feed_at(token: str) -> CatalogFeed | None:
    """The feed with that token."""
    feed = CatalogFeed.objects.select_related("route__crm").filter(token_digest=digest_of(token)).first()
    return feed if feed is not None and hmac.compare_digest(feed.token, token) else None
