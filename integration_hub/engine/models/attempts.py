from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Connection, Route
from integration_hub.records.fields import DocumentField

from .outbox import OutboxItem


class Attempt(models.Model):
    """One try at one item: a line of the sync log. Append-only."""

    class Outcome(models.TextChoices):
        WRITTEN = "written", _("Delivered")
        DRY_RUN = "dry_run", _("Dry run")
        SKIPPED = "skipped", _("Not sent on purpose")
        PARKED = "parked", _("Parked")
        RETRY = "retry", _("Will be tried again")
        RATE_LIMITED = "rate_limited", _("Slowed down")
        UNKNOWN = "unknown", _("No answer")
        REFUSED = "refused", _("Refused")
        MISCONFIGURED = "misconfigured", _("Connection problem")
        INTERNAL = "internal", _("Internal error")

    item = models.ForeignKey(OutboxItem, models.CASCADE, related_name="attempts", verbose_name=_("item"))
    route = models.ForeignKey(
        Route, models.CASCADE, related_name="attempts", verbose_name=_("route"), db_index=False
    )  # the index below begins with it
    flow = models.CharField(_("flow"), max_length=20)
    object_kind = models.CharField(_("kind"), max_length=10)
    object_id = models.CharField(_("object"), max_length=200)
    label = models.CharField(_("number"), max_length=200, blank=True)
    number = models.PositiveSmallIntegerField(_("try"))
    trigger = models.CharField(_("trigger"), max_length=80, blank=True)
    outcome = models.CharField(_("outcome"), max_length=14, choices=Outcome.choices)
    code = models.CharField(_("code"), max_length=120, blank=True)
    message = models.TextField(_("message"), blank=True)
    translation = DocumentField(_("translation"), default=dict, blank=True)
    traceback = models.TextField(blank=True)
    batch = models.CharField(max_length=36, blank=True)
    started_at = models.DateTimeField(_("time"))
    duration_ms = models.PositiveIntegerField(_("ms"), default=0)
    reflect_ms = models.PositiveIntegerField(_("time to reflect, ms"), null=True, blank=True)

    class Meta:
        verbose_name = _("sync log entry")
        verbose_name_plural = _("sync log")
        indexes: ClassVar = [
            models.Index(fields=["-started_at"], name="attempt_newest"),
            models.Index(fields=["object_kind", "object_id"], name="attempt_object"),
            models.Index(fields=["batch"], name="attempt_batch"),
            models.Index(fields=["route", "-id"], name="attempt_route"),
            models.Index(fields=["flow", "-id"], name="attempt_flow"),
            # What staff filter for is rare, and lies among millions of deliveries. Of all outcomes: SQLite does not see
            # that an index with a condition holds what is asked for.
            models.Index(fields=["outcome", "-id"], name="attempt_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {_now(self.object_kind)} {self.label or self.object_id}"


class Exchange(models.Model):
    """One HTTP request and its answer, redacted and cut. ``batch`` joins it to the attempts it served."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="exchanges", verbose_name=_("connection"))
    batch = models.CharField(max_length=36, blank=True)
    method = models.CharField(_("method"), max_length=8)
    url = models.TextField(_("address"))
    status = models.PositiveSmallIntegerField(_("status"), null=True, blank=True)
    request_body = models.TextField(_("request"), blank=True)
    response_body = models.TextField(_("answer"), blank=True)
    error = models.CharField(_("error"), max_length=120, blank=True)
    started_at = models.DateTimeField(_("time"))
    duration_ms = models.PositiveIntegerField(_("ms"), default=0)

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        indexes: ClassVar = [
            models.Index(fields=["-started_at"], name="exchange_newest"),
            models.Index(fields=["batch"], name="exchange_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.url[:80]} → {self.status or self.error}"
