"""Incident: something is broken, since when, until when, and who was told. Rows are kept as a history."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Connection, Route
from integration_hub.engine.models import Lane

from . import words


class Incident(models.Model):
    """One thing that is broken.

    ``subject`` names it ("connection:3", "machine:hub-1"): there is at most one open incident for a kind and a subject.
    ``facts`` are the names and numbers of which title and cure are made when they are read, in the reader's language;
    neither secrets nor data of customers are ever among them, because they leave the house by mail.
    """

    class Kind(models.TextChoices):
        WEBHOOKS = "webhooks", _("Webhooks switched off or lost")
        POLL = "poll", _("A poll does not succeed")
        REFUSED = "refused", _("Connection paused: key, rights or account")
        AWAY = "away", _("A system does not answer")
        LANE_STILL = "lane_still", _("A lane stands still")
        LANE_PAUSED = "lane_paused", _("A lane paused after internal errors")
        OVERDUE = "overdue", _("Work waits too long")
        UNREAD = "unread", _("Events wait too long")
        DEAD_LETTERS = "dead_letters", _("Dead letters")
        FAILED_EVENTS = "failed_events", _("Events that could not be read")
        PARKED = "parked", _("Parked for more than a day")
        WORKERS = "workers", _("Workers are not running")
        MACHINE = "machine", _("A machine of the hub is silent")
        BACKFILL = "backfill", _("A backfill has stopped")
        RECONCILE = "reconcile", _("A comparison has stopped")
        DISK = "disk", _("Disk nearly full")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=160)
    connection = models.ForeignKey(
        Connection, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("connection")
    )
    route = models.ForeignKey(Route, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("route"))
    lane = models.ForeignKey(Lane, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("lane"))
    facts = models.JSONField(default=dict)
    size = models.PositiveIntegerField(default=1)
    told_size = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(_("since"))
    last_seen_at = models.DateTimeField(_("last seen"))
    closed_at = models.DateTimeField(_("healed"), null=True, blank=True)
    notified_at = models.DateTimeField(_("word was sent"), null=True, blank=True)
    healed_notified_at = models.DateTimeField(_("word of the cure was sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=models.Q(closed_at=None), name="one_open_incident_per_subject"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "subject", "-opened_at"], name="incident_history")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def title(self) -> str:
        """What is broken, in one line."""
        return words.title(self.kind, self._facts)

    @property
    def cure(self) -> str:
        """What to do about it."""
        return words.cure(self.kind, self._facts)

    @property
    def _facts(self) -> Mapping[str, Any]:
        return {**self.facts, "size": self.size}


class Notice(models.Model):
    """A message about an incident that is to be sent through one channel, or was."""

    class Stage(models.TextChoices):
        OPENED = "opened", _("It broke")
        GROWN = "grown", _("It grew tenfold")
        HEALED = "healed", _("It healed")

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")
        WEBHOOK = "webhook", _("Webhook")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="notices")
    stage = models.CharField(_("why"), max_length=10, choices=Stage.choices)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    due_at = models.DateTimeField(_("next try"), null=True, blank=True)
    """None: it was sent, or given up."""
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    error = models.CharField(_("last error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="notice_due")
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}: {self.get_stage_display()}"


class Lookout(models.Model):
    """Who of several supervisors looks next, and when: one row."""

    key = models.CharField(max_length=20, unique=True)
    owner = models.CharField(max_length=80, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.key
