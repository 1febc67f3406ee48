from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Connection, Route


class Cursor(models.Model):
    """How far a poll got. ``position`` is the connector's own text; it moves only after its page is stored."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="cursors", verbose_name=_("connection"))
    purpose = models.CharField(_("what is polled"), max_length=40)
    position = models.TextField(blank=True)
    start_at = models.DateTimeField(_("began at"))
    interval_seconds = models.PositiveIntegerField(_("every, seconds"), default=300)
    due_at = models.DateTimeField(_("next poll"))
    succeeded_at = models.DateTimeField(_("last success"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    error = models.TextField(_("last error"), blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("poll")
        verbose_name_plural = _("polls")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "purpose"], name="one_cursor_per_purpose")
        ]

    def __str__(self) -> str:
        return f"{self.connection}: {self.purpose}"


class Backfill(models.Model):
    """Old objects of a route, read page by page and sent through the backfill lane."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped by an error")

    route = models.ForeignKey(Route, models.CASCADE, related_name="backfills", verbose_name=_("route"))
    flow = models.CharField(_("what"), max_length=20, default="orders")
    since = models.DateTimeField(_("created from"), null=True, blank=True)
    until = models.DateTimeField(_("created before"), null=True, blank=True)
    ids = models.JSONField(_("only these ids"), default=list, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    position = models.TextField(blank=True, editable=False)
    total = models.PositiveIntegerField(_("in the store"), null=True, blank=True, editable=False)
    read = models.PositiveIntegerField(_("read"), default=0, editable=False)
    queued = models.PositiveIntegerField(_("queued"), default=0, editable=False)
    unreadable = models.PositiveIntegerField(_("unreadable"), default=0, editable=False)
    error = models.TextField(_("error"), blank=True, editable=False)
    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("backfill")
        verbose_name_plural = _("backfills")
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.route}: {self.flow} ({self.get_state_display()})"


class BackfillFault(models.Model):
    """An object that a backfill could not read; the others went on."""

    backfill = models.ForeignKey(Backfill, models.CASCADE, related_name="faults")
    object_id = models.CharField(_("object"), max_length=200)
    message = models.TextField(_("reason"))
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("unreadable object")
        verbose_name_plural = _("unreadable objects")

    def __str__(self) -> str:
        return f"{self.object_id}: {self.message[:80]}"
