"""Connection: an account on one outside system. Route: one store joined to one CRM."""

import secrets as random_secrets
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from connectors.contract.spec import Role

from .secrets import SecretsField


def new_hook_token() -> str:
    """An unguessable part of the hook address: 32 bytes, safe in a URL."""
    return random_secrets.token_urlsafe(32)


class Connection(models.Model):
    """An account on one outside system, with settings and secrets.

    ``settings`` and ``secrets`` hold the values of the connector's setting fields by key. A paused connection keeps
    everything it receives; nothing is sent to it until it is resumed.
    """

    class RoleChoices(models.TextChoices):
        STORE = Role.STORE.value, _("Store")
        CRM = Role.CRM.value, _("CRM")

    kind = models.CharField(_("system"), max_length=40)
    role = models.CharField(_("role"), max_length=10, choices=RoleChoices.choices, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True, help_text=_("How your team calls it."))
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    secrets = SecretsField(_("secrets"))
    hook_token = models.CharField(max_length=64, unique=True, default=new_hook_token, editable=False)
    repairs_webhooks = models.BooleanField(
        _("repair webhooks"),
        default=True,
        help_text=_("Make webhooks anew by itself when the other side has switched them off or lost them."),
    )

    paused_at = models.DateTimeField(_("paused since"), null=True, blank=True, editable=False)
    paused_reason = models.TextField(_("why it is paused"), blank=True, editable=False)
    paused_by = models.CharField(max_length=150, blank=True, editable=False)
    """The member of staff; empty when the hub itself had to pause it."""
    breaker_failures = models.FloatField(default=0, editable=False)
    breaker_open_until = models.DateTimeField(null=True, blank=True, editable=False)

    verified_at = models.DateTimeField(_("verified"), null=True, blank=True, editable=False)
    verify_report = models.JSONField(default=dict, blank=True, editable=False)
    last_event_at = models.DateTimeField(_("last event"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(
        excluded_fields=[
            "secrets",
            "hook_token",
            "verify_report",
            "last_event_at",
            "breaker_failures",
            "breaker_open_until",
        ]
    )

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def pause(self, reason: str, *, by: str = "") -> bool:
        """Stop sending to it; False when it was paused already (the first reason is kept). ``by`` names the member of
        staff who wished it; without one it is a fault that staff are told of."""
        changed = Connection.objects.filter(pk=self.pk, paused_at=None).update(
            paused_at=timezone.now(), paused_reason=reason, paused_by=by
        )
        self.refresh_from_db(fields=["paused_at", "paused_reason", "paused_by"])
        return bool(changed)

    def resume(self) -> bool:
        """Send again; False when it was not paused. The breaker is closed as well: staff know better."""
        changed = Connection.objects.filter(pk=self.pk, paused_at__isnull=False).update(
            paused_at=None, paused_reason="", paused_by="", breaker_failures=0, breaker_open_until=None
        )
        self.refresh_from_db(
            fields=["paused_at", "paused_reason", "paused_by", "breaker_failures", "breaker_open_until"]
        )
        return bool(changed)


class StoreConnectionManager(models.Manager["StoreConnection"]):
    def get_queryset(self) -> models.QuerySet["StoreConnection"]:
        return super().get_queryset().filter(role=Role.STORE.value)


class StoreConnection(Connection):
    """The stores among the connections."""

    objects: ClassVar = StoreConnectionManager()

    class Meta:
        proxy = True
        verbose_name = _("store connection")
        verbose_name_plural = _("store connections")


class CrmConnectionManager(models.Manager["CrmConnection"]):
    def get_queryset(self) -> models.QuerySet["CrmConnection"]:
        return super().get_queryset().filter(role=Role.CRM.value)


class CrmConnection(Connection):
    """The CRMs among the connections."""

    objects: ClassVar = CrmConnectionManager()

    class Meta:
        proxy = True
        verbose_name = _("CRM connection")
        verbose_name_plural = _("CRM connections")


class ConnectionToken(models.Model):
    """A rotating token that a connector keeps with us (OAuth); encrypted, shared by all workers."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    value = SecretsField()
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    """While it is renewed: by whom, and until when nobody else may."""
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "name"], name="one_token_per_name")]

    def __str__(self) -> str:
        return f"{self.connection}: {self.name}"


class Route(models.Model):
    """One store connection joined to one CRM connection: what flows, who owns what, since when."""

    class Mode(models.TextChoices):
        OFF = "off", _("Off: nothing is collected or sent")
        DRY_RUN = "dry_run", _("Dry run: everything is translated, nothing is sent")
        PILOT = "pilot", _("Pilot: a share of the orders is sent")
        LIVE = "live", _("Live")

    class StatusFlow(models.TextChoices):
        OFF = "off", _("Not synchronised")
        TO_CRM = "to_crm", _("Store to CRM only")
        TO_STORE = "to_store", _("CRM to store only")
        BOTH = "both", _("Both ways")

    class Side(models.TextChoices):
        STORE = "store", _("The store")
        CRM = "crm", _("The CRM")

    name = models.CharField(_("name"), max_length=100, unique=True, help_text=_("For example “Shop → CRM”."))
    store = models.ForeignKey(Connection, models.PROTECT, related_name="routes_out", verbose_name=_("store"))
    crm = models.ForeignKey(Connection, models.PROTECT, related_name="routes_in", verbose_name=_("CRM"))
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.DRY_RUN)
    pilot_share = models.PositiveSmallIntegerField(
        _("pilot share, %"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Only in pilot mode: how many of a hundred orders are sent. The same order is always in or out."),
    )

    sync_orders = models.BooleanField(_("orders"), default=True)
    sync_customers = models.BooleanField(
        _("customers"), default=True, help_text=_("Accounts without an order too. Buyers always go with their orders.")
    )
    sync_leads = models.BooleanField(_("form leads"), default=True)
    sync_payments = models.BooleanField(_("payments"), default=True)
    sync_catalog = models.BooleanField(
        _("catalog"),
        default=False,
        help_text=_("The hub reads the store's products and offers them to the CRM as a file that is always ready."),
    )
    sync_prices = models.BooleanField(
        _("prices and stock"),
        default=False,
        help_text=_("Sent to the CRM as they change, where it takes them by call; beside the catalog or without it."),
    )
    status_flow = models.CharField(_("statuses"), max_length=10, choices=StatusFlow.choices, default=StatusFlow.BOTH)
    status_owner = models.CharField(
        _("who wins when both change a status"), max_length=10, choices=Side.choices, default=Side.CRM
    )

    start_at = models.DateTimeField(
        _("orders since"),
        default=timezone.now,
        help_text=_(
            "Older orders are not sent by themselves, so that going live does not flood the CRM. "
            "Use a backfill for them."
        ),
    )
    order_statuses = models.JSONField(
        _("only these store statuses"),
        default=list,
        blank=True,
        help_text=_("Orders in other statuses wait until they get one of these. Empty: all."),
    )
    store_views = models.JSONField(_("only these store views"), default=list, blank=True)
    order_methods = models.JSONField(_("only these order methods"), default=list, blank=True)
    window_from = models.TimeField(
        _("send from"), null=True, blank=True, help_text=_("Daily window. Empty: all day long.")
    )
    window_to = models.TimeField(_("send until"), null=True, blank=True)
    reconciles_nightly = models.BooleanField(
        _("compare both sides each night"),
        default=True,
        help_text=_("Finds and heals what webhooks and polls have missed."),
    )
    reconcile_at = models.TimeField(
        _("at"), null=True, blank=True, help_text=_("Empty: at the installation's time, spread over the routes.")
    )
    id_prefix = models.CharField(
        _("prefix of order ids in the CRM"),
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]*$", _("Letters, digits, “-” and “_” only."))],
        help_text=_("Two stores may have the same order numbers; the prefix keeps them apart in one CRM."),
    )

    lead_order_method = models.CharField(
        _("order method of form leads"),
        max_length=200,
        blank=True,
        help_text=_("A code of the CRM. Forms with a rule of their own (Mappings, Order methods) keep theirs."),
    )
    back_order_methods = models.JSONField(
        _("only these CRM order methods come back"),
        default=list,
        blank=True,
        help_text=_("Codes of the CRM. Statuses and payments of other orders stay there. Empty: all."),
    )
    paid_back = models.BooleanField(
        _("paid marks back to the store"),
        default=False,
        help_text=_("An order that is fully paid in the CRM is marked as paid in the store. No money is moved."),
    )
    number_back = models.BooleanField(
        _("the CRM's order numbers back to the store"),
        default=False,
        help_text=_("The store shows orders under the number that the CRM gives them. Not every store can."),
    )
    noted_fields = models.JSONField(
        _("CRM custom fields to note"),
        default=list,
        blank=True,
        help_text=_("Codes of the CRM's custom fields of orders. Their values are kept with the order."),
    )
    transform_order = models.CharField(
        _("transform of orders"),
        max_length=200,
        blank=True,
        help_text=_("A function of yours that changes each order before it is translated (docs/transforms.md)."),
    )
    transform_customer = models.CharField(
        _("transform of customers"),
        max_length=200,
        blank=True,
        help_text=_("The same for customers, alone and in their orders and leads."),
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("route")
        verbose_name_plural = _("routes")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["crm", "id_prefix"],
                name="order_ids_do_not_collide",
                violation_error_message=_(
                    "Another route to this CRM uses the same prefix. Give this one its own, or orders with the same "
                    "number would overwrite each other."
                ),
            ),
            models.UniqueConstraint(
                fields=["store", "crm"],
                name="one_route_per_pair",
                violation_error_message=_("This store and this CRM are joined already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        if self.store_id and self.store.role != Role.STORE.value:
            errors["store"] = _("This connection is not a store.")
        if self.crm_id and self.crm.role != Role.CRM.value:
            errors["crm"] = _("This connection is not a CRM.")
        if (self.window_from is None) != (self.window_to is None):
            errors["window_to"] = _("Give both ends of the daily window, or none.")
        if errors:
            raise ValidationError(errors)

    @property
    def sends(self) -> bool:
        return self.mode in {self.Mode.PILOT, self.Mode.LIVE}

    @property
    def collects(self) -> bool:
        return self.mode != self.Mode.OFF
