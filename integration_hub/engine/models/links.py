import uuid
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from integration_hub.connections.models import Connection
from integration_hub.records.fields import DocumentField


class Link(models.Model):
    """One side of an object that lives in several systems; rows with the same ``group`` are the same object.

    ``aspects`` holds per aspect (status, ...) the fingerprint last *written* by us to this side and the one last
    *seen* from it: that is how our own write is recognised when it comes back. A guest's customer side is keyed
    ``email:<address>``.
    """

    group = models.UUIDField(default=uuid.uuid4)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="links", verbose_name=_("connection"))
    kind = models.CharField(_("kind"), max_length=10)
    object_id = models.CharField(_("id"), max_length=340)
    url = models.TextField(_("address"), blank=True)
    aspects = DocumentField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "kind", "object_id"], name="one_link_side_per_object")
        ]
        indexes: ClassVar = [models.Index(fields=["group"], name="link_group")]

    def __str__(self) -> str:
        return f"{self.connection}: {_now(self.kind)} {self.object_id}"
