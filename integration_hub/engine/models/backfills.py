from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Route

from .jobs import LongJob


class Backfill(LongJob):
    """Old objects of a route, read page by page and sent through the backfill lane.

    What it takes: objects created in [since, until), or those with the given ids, or orders whose number lies between
    two numbers (which may be narrowed by dates as well).
    """

    route = models.ForeignKey(Route, models.CASCADE, related_name="backfills", verbose_name=_("route"))
    flow = models.CharField(_("what"), max_length=20, default="orders")
    since = models.DateTimeField(_("created from"), null=True, blank=True)
    until = models.DateTimeField(_("created before"), null=True, blank=True)
    ids = models.JSONField(_("only these ids"), default=list, blank=True)
    number_from = models.CharField(_("order numbers from"), max_length=60, blank=True)
    number_to = models.CharField(_("to"), max_length=60, blank=True)
    repeats = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, editable=False, related_name="repeated_by"
    )
    """The backfill whose failed objects this one tries again."""

    read = models.PositiveIntegerField(_("read"), default=0, editable=False)
    queued = models.PositiveIntegerField(_("queued"), default=0, editable=False)
    unwanted = models.PositiveIntegerField(_("left out"), default=0, editable=False)
    unreadable = models.PositiveIntegerField(_("unreadable"), default=0, editable=False)

    class Meta(LongJob.Meta):
        verbose_name = _("backfill")
        verbose_name_plural = _("backfills")

    def __str__(self) -> str:
        return f"{self.route}: {_now(self.flow)} ({self.get_state_display()})"


class BackfillFault(models.Model):
    """An object that a backfill could not bring over; the others went on. ``code`` sorts faults by what to do."""

    backfill = models.ForeignKey(Backfill, models.CASCADE, related_name="faults")
    object_id = models.CharField(_("object"), max_length=200)
    code = models.CharField(max_length=20, default="unreadable")
    message = models.TextField(_("reason"))
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        verbose_name = _("unreadable object")
        verbose_name_plural = _("unreadable objects")

    def __str__(self) -> str:
        return f"{self.object_id}: {self.message[:80]}"
