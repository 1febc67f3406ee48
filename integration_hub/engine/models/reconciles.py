from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Route

from .backfills import Backfill
from .jobs import LongJob
from .outbox import OutboxItem


class ReconcileRun(LongJob):
    """A comparison of both sides of a route for a time: what the store has, what the hub knows, what the CRM has.

    It walks the store's orders created in [since, until). ``night`` is set for the one that the hub starts by itself
    each night; there is one for a route and night, however many supervisors there are. After the walk it waits for
    the deliveries that it asked for and notes how each ended.
    """

    class Source(models.TextChoices):
        NIGHT = "night", _("Nightly")
        HAND = "hand", _("By hand")
        COMMAND = "command", _("By command")
        BACKFILL = "backfill", _("After a backfill")

    route = models.ForeignKey(Route, models.CASCADE, related_name="reconcile_runs", verbose_name=_("route"))
    source = models.CharField(_("started"), max_length=10, choices=Source.choices, default=Source.HAND)
    night = models.DateField(_("night"), null=True, blank=True)
    backfill = models.ForeignKey(Backfill, models.CASCADE, null=True, blank=True, related_name="comparisons")
    since = models.DateTimeField(_("created from"), null=True, blank=True)
    until = models.DateTimeField(_("created before"), null=True, blank=True)
    heals = models.BooleanField(_("heals"), default=True, help_text=_("Off: differences are listed, nothing is sent."))
    walked_at = models.DateTimeField(_("compared to the end"), null=True, blank=True, editable=False)

    in_store = models.PositiveIntegerField(_("in the store"), default=0, editable=False)
    in_hub = models.PositiveIntegerField(_("in the hub"), default=0, editable=False)
    in_crm = models.PositiveIntegerField(_("in the CRM"), default=0, editable=False)
    unwanted = models.PositiveIntegerField(_("not wanted by the route"), default=0, editable=False)
    open_items = models.PositiveIntegerField(_("on their way or with staff"), default=0, editable=False)
    drifts_found = models.PositiveIntegerField(_("differences"), default=0, editable=False)
    sent = models.PositiveIntegerField(_("sent again"), default=0, editable=False)
    healed = models.PositiveIntegerField(_("healed"), default=0, editable=False)

    class Meta(LongJob.Meta):
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")
        constraints: ClassVar = [models.UniqueConstraint(fields=["route", "night"], name="one_comparison_per_night")]

    def __str__(self) -> str:
        return f"{self.route}: {self.get_source_display()} ({self.get_state_display()})"

    @property
    def is_clean(self) -> bool:
        return self.drifts_found == 0


class Drift(models.Model):
    """One difference between the sides, what was done about it, and how that ended.

    ``item`` is the delivery that was to heal it; ``result`` outlives it.
    """

    class Kind(models.TextChoices):
        MISSING_IN_CRM = "missing_crm", _("Missing in the CRM")
        MISSING_IN_HUB = "missing_hub", _("Missing in the hub")
        STATUS = "status", _("Status differs")
        TOTAL = "total", _("Total differs")
        UNREADABLE = "unreadable", _("Cannot be read")

    class Result(models.TextChoices):
        LISTED = "listed", _("Only listed")
        WAITING = "waiting", _("On its way")
        HEALED = "healed", _("Healed")
        PARKED = "parked", _("Waits for a mapping")
        REFUSED = "refused", _("Refused by the CRM")
        LEFT = "left", _("Left as it is")

    run = models.ForeignKey(ReconcileRun, models.CASCADE, related_name="drifts", verbose_name=_("comparison"))
    kind = models.CharField(_("difference"), max_length=12, choices=Kind.choices)
    object_kind = models.CharField(_("kind"), max_length=10, default="order")
    object_id = models.CharField(_("object"), max_length=200)
    label = models.CharField(_("number"), max_length=200, blank=True)
    store_value = models.CharField(_("store says"), max_length=200, blank=True)
    crm_value = models.CharField(_("CRM says"), max_length=200, blank=True)
    item = models.ForeignKey(OutboxItem, models.SET_NULL, null=True, blank=True, related_name="+")
    result = models.CharField(_("result"), max_length=10, choices=Result.choices, default=Result.LISTED)
    message = models.TextField(_("what to do"), blank=True)
    created_at = models.DateTimeField(_("found"), auto_now_add=True)
    resolved_at = models.DateTimeField(_("result since"), null=True, blank=True)

    class Meta:
        verbose_name = _("difference")
        verbose_name_plural = _("differences")
        indexes: ClassVar = [models.Index(fields=["run", "result"], name="drift_result")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.label or self.object_id}"
