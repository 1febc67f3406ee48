from typing import ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Connection


class InboxEvent(models.Model):
    """What arrived: a webhook, a trigger, a push, a change found by a poll, or a staff member's button.

    Kept as raw bytes; ``dedup_key`` makes a repeated delivery the same event.
    """

    OWN_LOOK: ClassVar = "hub.look"
    """The topic of events that the hub itself makes: an object is to be looked at."""

    class State(models.TextChoices):
        NEW = "new", _("New")
        DONE = "done", _("Passed on")
        IGNORED = "ignored", _("Nothing to do")
        ECHO = "echo", _("Our own write coming back")
        SUPERSEDED = "superseded", _("Older than what is known")
        FAILED = "failed", _("Could not be read")

    class Source(models.TextChoices):
        WEBHOOK = "webhook", _("Webhook or trigger")
        PUSH = "push", _("Push API")
        POLL = "poll", _("Poll")
        HAND = "hand", _("By hand")

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="events", verbose_name=_("connection"))
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.WEBHOOK)
    topic = models.CharField(_("topic"), max_length=120, blank=True)
    dedup_key = models.CharField(max_length=200)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.NEW)
    reason = models.TextField(_("reason"), blank=True)
    object_kind = models.CharField(_("kind"), max_length=10, blank=True)
    object_id = models.CharField(_("object"), max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("not before"))
    received_at = models.DateTimeField(_("received"))
    processed_at = models.DateTimeField(_("processed"), null=True, blank=True)

    class Meta:
        verbose_name = _("inbox event")
        verbose_name_plural = _("inbox")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "dedup_key"], name="one_event_per_dedup_key")
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "due_at"], condition=models.Q(state="new"), name="inbox_new"),
            models.Index(fields=["connection", "object_kind", "object_id"], name="inbox_object"),
            models.Index(fields=["-received_at"], name="inbox_newest"),
            models.Index(fields=["-id"], condition=models.Q(state="failed"), name="inbox_failed"),
            # Of events that are read and not emptied yet: what is to be forgotten next is found without a search.
            models.Index(
                fields=["received_at"], condition=~models.Q(state="new") & ~models.Q(body=b""), name="inbox_bodies"
            ),
        ]

    def __str__(self) -> str:
        which = self.object_id or f"{self.received_at:%Y-%m-%d %H:%M:%S}"
        return f"{self.topic_in_words} · {which}"

    @property
    def topic_in_words(self) -> str:
        """What the event is about: the sender's own word, or ours in plain words."""
        if self.topic == self.OWN_LOOK:
            return gettext("looked at")
        return self.topic or str(self.get_source_display())
