from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Connection


class Lane(models.Model):
    """A queue of its own: the unit of leasing, throttling and pausing.

    An inbound lane (one per connection) reads what arrived from it; an outbound lane (connection + flow + live or
    backfill) delivers to it. One worker at a time holds the lease; ``is_nudged`` says that a task is on its way. A
    lane that ``helps`` another takes over a part of what has gathered there.
    """

    class Direction(models.TextChoices):
        IN = "in", _("Reading")
        OUT = "out", _("Sending")

    key = models.CharField(max_length=80, unique=True)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="lanes", verbose_name=_("connection"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    flow = models.CharField(_("flow"), max_length=20, blank=True)
    is_backfill = models.BooleanField(_("backfill"), default=False)
    helps = models.ForeignKey("self", models.CASCADE, null=True, blank=True, verbose_name=_("helps"))

    is_nudged = models.BooleanField(default=False)
    nudged_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last moved"), null=True, blank=True)
    sleeps_until = models.DateTimeField(_("slowed until"), null=True, blank=True)
    internal_errors = models.PositiveSmallIntegerField(default=0)
    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True)
    paused_reason = models.TextField(_("why it is paused"), blank=True)

    class Meta:
        verbose_name = _("lane")
        verbose_name_plural = _("lanes")
        ordering: ClassVar = ["key"]

    def __str__(self) -> str:
        if self.direction == self.Direction.IN:
            return _now("%s → hub") % self.connection
        way = _now("hub → %s") % self.connection
        kind = _("backfill") if self.is_backfill else _("second worker") if self.helps_id else ""
        suffix = f" ({kind})" if kind else ""
        return f"{way}: {_now(self.flow)}{suffix}"


class RateBucket(models.Model):
    """One rate limit of one outside account, as GCRA: ``tat`` is the theoretical arrival time of the next call."""

    key = models.CharField(max_length=200, unique=True)
    tat = models.FloatField(default=0.0)
    """Seconds since the epoch. A float, because it is added to in one UPDATE on both databases."""
    seen_at = models.FloatField(default=0.0)
    """When ``tat`` was moved last, by the clock of then: in the future only when that clock was set back since."""
    calls = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class Heartbeat(models.Model):
    """When a process was last seen alive: supervisor, ticker, worker."""

    name = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
