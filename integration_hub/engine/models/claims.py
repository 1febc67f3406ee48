"""What a lane is just making in an outside system."""

from typing import ClassVar

from django.db import models

from integration_hub.connections.models import Connection


class Claim(models.Model):
    """Somebody who is just being made over there by one lane, so that no other lane makes them at the same moment.

    Gone as soon as the lane has noted what became of it; of a worker that was lost it counts as long as its lease.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    """A digest: who it is, is nobody's business here."""
    owner = models.CharField(max_length=80, db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "key"], name="claim_once")]

    def __str__(self) -> str:
        return f"{self.owner}: {self.key[:8]}"
