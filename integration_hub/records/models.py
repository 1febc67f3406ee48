"""One row per object and source system: the newest state, and what is needed to find it again."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from connectors.contract.canonical import ObjectKind
from integration_hub.connections.models import Connection

from .fields import DocumentField


class Record(models.Model):
    """The newest canonical state of one object of one connection.

    ``content`` is the canonical record as JSON; ``version`` the source's own change time; ``fingerprints`` the hash of
    each aspect (content, status, payments), so that a repeated or reformatted event is seen to change nothing.
    """

    class Kind(models.TextChoices):
        ORDER = ObjectKind.ORDER.value, _("Order")
        CUSTOMER = ObjectKind.CUSTOMER.value, _("Customer")
        LEAD = ObjectKind.LEAD.value, _("Lead")
        PRODUCT = ObjectKind.PRODUCT.value, _("Product")

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="records", verbose_name=_("connection"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    object_id = models.CharField(_("id"), max_length=200)
    number = models.CharField(_("number"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=320, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    total = models.CharField(_("total"), max_length=60, blank=True)
    content = DocumentField(default=dict)
    fingerprints = DocumentField(default=dict)
    version = models.DateTimeField(_("changed there"), null=True, blank=True)
    created_there_at = models.DateTimeField(_("created there"), null=True, blank=True)
    is_gone = models.BooleanField(_("deleted there"), default=False)
    first_seen_at = models.DateTimeField(_("first seen"))
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("record")
        verbose_name_plural = _("records")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "kind", "object_id"], name="one_record_per_object")
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "-seen_at"], name="record_newest"),
            models.Index(fields=["number"], name="record_number"),
            models.Index(fields=["email"], name="record_email"),
            models.Index(fields=["phone"], name="record_phone"),
        ]

    def __str__(self) -> str:
        shown = f"{self.get_kind_display()} {self.number or self.object_id}"
        return f"{shown} ({self.name})" if self.name else shown


class OrderRecordManager(models.Manager["OrderRecord"]):
    def get_queryset(self) -> models.QuerySet["OrderRecord"]:
        return super().get_queryset().filter(kind=ObjectKind.ORDER.value)


class OrderRecord(Record):
    objects: ClassVar = OrderRecordManager()

    class Meta:
        proxy = True
        verbose_name = _("order")
        verbose_name_plural = _("orders")


class CustomerRecordManager(models.Manager["CustomerRecord"]):
    def get_queryset(self) -> models.QuerySet["CustomerRecord"]:
        return super().get_queryset().filter(kind=ObjectKind.CUSTOMER.value)


class CustomerRecord(Record):
    objects: ClassVar = CustomerRecordManager()

    class Meta:
        proxy = True
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
