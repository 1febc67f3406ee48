from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Connection


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
        return f"{self.connection}: {_now(self.purpose)}"
