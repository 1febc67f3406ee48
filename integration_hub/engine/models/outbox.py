from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Route
from integration_hub.records.fields import DocumentField

from .lanes import Lane

OPEN_STATES = ("waiting", "parked", "dead")
"""States in which an item still stands for undelivered work; there is one such item per object and route."""


class OutboxItem(models.Model):
    """The newest state of one object that one route must deliver.

    ``payload`` holds only what is not a record of its own (the new status of an order on the way back); an order or
    a customer is read from its record at the moment of sending, so a burst of edits is one delivery of the last.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        IN_FLIGHT = "in_flight", _("Being sent")
        PARKED = "parked", _("Parked")
        DEAD = "dead", _("Dead letter")
        DONE = "done", _("Delivered")
        SKIPPED = "skipped", _("Not sent on purpose")
        SUPERSEDED = "superseded", _("Replaced by a newer one")
        CANCELLED = "cancelled", _("Cancelled")

    route = models.ForeignKey(Route, models.CASCADE, related_name="items", verbose_name=_("route"))
    lane = models.ForeignKey(Lane, models.CASCADE, related_name="items", verbose_name=_("lane"))
    flow = models.CharField(_("flow"), max_length=20)
    object_kind = models.CharField(_("kind"), max_length=10)
    object_id = models.CharField(_("object"), max_length=200)
    label = models.CharField(_("number"), max_length=200, blank=True)
    payload = DocumentField(default=dict, blank=True)
    version = models.DateTimeField(null=True, blank=True)
    trigger = models.CharField(_("trigger"), max_length=80, blank=True)

    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(_("next try"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    is_urgent = models.BooleanField(_("by hand"), default=False)
    """Somebody waits for it: the route's daily window does not hold it."""
    is_outcome_unknown = models.BooleanField(_("sent without an answer"), default=False)
    reason_code = models.CharField(_("reason code"), max_length=120, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    blocked_on = models.CharField(_("waits for"), max_length=250, blank=True)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    accepted_at = models.DateTimeField(_("accepted"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("outbox item")
        verbose_name_plural = _("outbox")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["route", "flow", "object_kind", "object_id"],
                condition=models.Q(state__in=OPEN_STATES),
                name="one_open_item_per_object",
            ),
            models.UniqueConstraint(
                fields=["route", "flow", "object_kind", "object_id"],
                condition=models.Q(state="in_flight"),
                name="one_item_in_flight_per_object",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lane", "due_at", "id"], condition=models.Q(state="waiting"), name="outbox_due"),
            models.Index(fields=["blocked_on"], condition=models.Q(state="parked"), name="outbox_parked"),
            models.Index(fields=["lease_until"], condition=models.Q(state="in_flight"), name="outbox_leases"),
            models.Index(fields=["state", "-updated_at"], name="outbox_state"),
            models.Index(fields=["object_kind", "object_id"], name="outbox_object"),
        ]

    def __str__(self) -> str:
        return f"{_now(self.flow)}: {_now(self.object_kind)} {self.label or self.object_id}"
