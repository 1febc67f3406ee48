from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Leased(models.Model):
    """Work in the background that one worker does at a time.

    ``lease_owner`` names the worker that holds it; ``nudged_at`` says that a task is on its way.
    """

    due_at = models.DateTimeField(null=True, blank=True, editable=False)
    nudged_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease_owner = models.CharField(max_length=80, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True

    @classmethod
    def workable(cls) -> models.Q:
        """Rows that a worker may take, when they are due."""
        return models.Q()


class LongJob(Leased):
    """Something that walks through many objects, page by page, for minutes or hours.

    ``position`` is the place reached, stored in one transaction with what the page led to: a job that loses its
    worker goes on there.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        DONE = "done", _("Done")
        FAILED = "failed", _("Stopped by an error")

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    position = models.TextField(blank=True, editable=False)
    last_ids = models.JSONField(default=list, editable=False)
    """Of the last page: pages of a list that moves repeat each other's edge, and nobody is to see 66 of 60 read."""
    total = models.PositiveIntegerField(_("in the store"), null=True, blank=True, editable=False)
    error = models.TextField(_("error"), blank=True, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("started by")
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True
        ordering: ClassVar = ["-created_at"]

    @classmethod
    def workable(cls) -> models.Q:
        return models.Q(state=cls.State.RUNNING)
