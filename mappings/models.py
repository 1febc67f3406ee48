"""Code books pulled from the systems, the rules that staff keep, and the codes that real traffic brought."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from integration_hub.connections.models import Connection, Route

from .catalogue import CONSTANT, is_source

CODE_LENGTH = 200
"""As long as a canonical code may be."""


class CodeKind(models.TextChoices):
    """The kinds of codes that staff translate: the contract's CODE_KINDS (a test holds them equal)."""

    STATUS = "status", _("Order status")
    DELIVERY = "delivery", _("Delivery method")
    PAYMENT = "payment", _("Payment method")
    PAYMENT_STATUS = "payment_status", _("Payment status")
    ORDER_METHOD = "order_method", _("Order method")
    PRODUCT_STATUS = "product_status", _("Product status")


class Side(models.TextChoices):
    STORE = "store", _("Store")
    CRM = "crm", _("CRM")


class BookEntry(models.Model):
    """One code of a connection's code book, as it was when the books were last pulled.

    ``kind`` is a code kind or ``field:order``, ``field:customer``, ``field:lead`` for the system's own fields. A code
    that is no longer there becomes inactive and stays, so that old rules can still be read.
    """

    connection = models.ForeignKey(
        Connection, models.CASCADE, related_name="book_entries", verbose_name=_("connection")
    )
    kind = models.CharField(_("kind"), max_length=40)
    code = models.CharField(_("code"), max_length=CODE_LENGTH)
    name = models.CharField(_("name"), max_length=300, blank=True)
    group = models.CharField(_("group"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    ordering = models.PositiveIntegerField(_("order"), default=0)
    pulled_at = models.DateTimeField(_("pulled"), default=timezone.now)

    class Meta:
        verbose_name = _("code")
        verbose_name_plural = _("code books")
        ordering: ClassVar = ["connection", "kind", "ordering", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "kind", "code"], name="one_entry_per_code")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})" if self.name and self.name != self.code else self.code


class CodeRule(models.Model):
    """One line of a route's code map: this store code is that CRM code, or is ignored on purpose.

    How the lines are read (``resolve.py`` is the only reader):

    * store to CRM: the rule of that store code whose direction is *both* or *to the CRM*; there is at most one.
    * CRM to store: the rule marked ``is_way_back`` for that CRM code, of which there is at most one; without a mark
      the single *both* rule of that CRM code. A rule *to the store* carries the mark always, a rule *to the CRM* never.
    * *ignore on purpose* has one direction and one code: the code that arrives.
    """

    class Action(models.TextChoices):
        TRANSLATE = "translate", _("Translate")
        IGNORE = "ignore", _("Ignore on purpose")

    class Direction(models.TextChoices):
        BOTH = "both", _("Both ways")
        TO_CRM = "to_crm", _("Store to CRM only")
        TO_STORE = "to_store", _("CRM to store only")

    route = models.ForeignKey(Route, models.CASCADE, related_name="code_rules", verbose_name=_("route"))
    kind = models.CharField(_("kind"), max_length=20, choices=CodeKind.choices)
    store_code = models.CharField(_("store code"), max_length=CODE_LENGTH, blank=True)
    crm_code = models.CharField(_("CRM code"), max_length=CODE_LENGTH, blank=True)
    action = models.CharField(_("action"), max_length=10, choices=Action.choices, default=Action.TRANSLATE)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction.choices, default=Direction.BOTH)
    is_way_back = models.BooleanField(
        _("used on the way back"),
        default=False,
        help_text=_(
            "Several store codes may become one CRM code. Mark the one that the CRM code becomes on the way back. "
            "A CRM code with only one store code needs no mark."
        ),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("code rule")
        verbose_name_plural = _("code rules")
        ordering: ClassVar = ["route", "kind", "store_code", "crm_code"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["route", "kind", "store_code"],
                condition=Q(direction__in=["both", "to_crm"]),
                name="one_outward_rule_per_store_code",
                violation_error_message=_("This store code has a rule towards the CRM already. Change that one."),
            ),
            models.UniqueConstraint(
                fields=["route", "kind", "crm_code"],
                condition=Q(is_way_back=True),
                name="one_way_back_per_crm_code",
                violation_error_message=_(
                    "Another rule is used on the way back from this CRM code. Take the mark off that one first."
                ),
            ),
            models.CheckConstraint(
                condition=Q(direction="both")
                | Q(direction="to_crm", is_way_back=False)
                | Q(direction="to_store", is_way_back=True),
                name="way_back_fits_direction",
                violation_error_message=_("Only a rule that works towards the store can be used on the way back."),
            ),
            models.CheckConstraint(
                condition=(Q(action="translate") & ~Q(store_code="") & ~Q(crm_code=""))
                | (Q(action="ignore", direction="to_crm", crm_code="") & ~Q(store_code=""))
                | (Q(action="ignore", direction="to_store", store_code="") & ~Q(crm_code="")),
                name="codes_fit_action",
                violation_error_message=_(
                    "Give both codes to translate, or only the code that arrives to ignore it on purpose."
                ),
            ),
        ]

    def __str__(self) -> str:
        if self.action == self.Action.IGNORE:
            return f"{self.get_kind_display()}: {self.store_code or self.crm_code} — {self.get_action_display()}"
        arrow = {"both": "↔", "to_crm": "→", "to_store": "←"}.get(self.direction, "→")
        return f"{self.get_kind_display()}: {self.store_code} {arrow} {self.crm_code}"

    def settle(self) -> None:
        """Fill in what follows from the rest: the direction of an ignored code and the mark of a one-way rule."""
        self.store_code = self.store_code.strip()
        self.crm_code = self.crm_code.strip()
        if self.action == self.Action.IGNORE and self.direction == self.Direction.BOTH:
            if self.store_code and not self.crm_code:
                self.direction = self.Direction.TO_CRM
            elif self.crm_code and not self.store_code:
                self.direction = self.Direction.TO_STORE
        if self.direction == self.Direction.TO_STORE:
            self.is_way_back = True
        elif self.direction == self.Direction.TO_CRM:
            self.is_way_back = False

    def clean(self) -> None:
        self.settle()
        errors: dict[str, Any] = {}
        if self.action == self.Action.TRANSLATE:
            if not self.store_code:
                errors["store_code"] = _("Which store code does this rule translate?")
            if not self.crm_code:
                errors["crm_code"] = _("Choose the CRM code, or “ignore on purpose”.")
        elif self.direction == self.Direction.TO_STORE:
            if not self.crm_code:
                errors["crm_code"] = _("Which CRM code is ignored on the way to the store?")
            if self.store_code:
                errors["store_code"] = _("Leave it empty: this rule ignores the CRM code on purpose.")
        elif self.direction == self.Direction.TO_CRM:
            if not self.store_code:
                errors["store_code"] = _("Which store code is ignored on the way to the CRM?")
            if self.crm_code:
                errors["crm_code"] = _("Leave it empty: this rule ignores the store code on purpose.")
        else:
            errors["direction"] = _("An ignored code is ignored in one direction: give only the code that arrives.")
        if errors:
            raise ValidationError(errors)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.settle()
        super().save(*args, **kwargs)


class FieldRule(models.Model):
    """One line of a route's field map: what the target's field gets, and when.

    ``source`` is a key of ``catalogue.py``, ``custom:<field>`` for a field that staff defined in the shop, or
    ``constant`` for the text in ``constant``. An empty source writes nothing, so that it never wipes what a manager
    typed in the CRM.
    """

    class Object(models.TextChoices):
        ORDER = "order", _("Order")
        CUSTOMER = "customer", _("Customer")
        LEAD = "lead", _("Form lead")

    class WriteMode(models.TextChoices):
        ALWAYS = "always", _("Always")
        ONLY_NEW = "only_new", _("Only when it is new there")
        APPEND = "append", _("Append to what earlier rules give")

    route = models.ForeignKey(Route, models.CASCADE, related_name="field_rules", verbose_name=_("route"))
    object = models.CharField(_("object"), max_length=10, choices=Object.choices, default=Object.ORDER)
    source = models.CharField(_("source"), max_length=CODE_LENGTH)
    constant = models.CharField(_("constant text"), max_length=300, blank=True)
    target = models.CharField(_("CRM field"), max_length=CODE_LENGTH)
    write_mode = models.CharField(
        _("when to write"), max_length=20, choices=WriteMode.choices, default=WriteMode.ALWAYS
    )
    ordering = models.PositiveSmallIntegerField(_("order"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("field rule")
        verbose_name_plural = _("field rules")
        ordering: ClassVar = ["route", "object", "ordering", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["route", "object", "target"],
                condition=~Q(write_mode="append"),
                name="one_rule_per_target_field",
                violation_error_message=_(
                    "Another rule fills this CRM field. Change that one, or choose “append” to add to it."
                ),
            ),
            models.UniqueConstraint(
                fields=["route", "object", "target", "source", "constant"],
                name="one_field_rule_per_source",
                violation_error_message=_("This rule exists already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_object_display()}: {self.constant or self.source} → {self.target}"

    def clean(self) -> None:
        if self.source == CONSTANT and not self.constant:
            raise ValidationError({"constant": _("Which text shall be written?")})
        if self.source != CONSTANT and self.constant:
            raise ValidationError({"constant": _("Choose the source “constant text” to write this text.")})
        if self.source and not is_source(self.object, self.source):
            raise ValidationError({"source": _("There is no such source for this object.")})


class ManagerRule(models.Model):
    """One line of a route's manager rules: which new orders go to whom in the CRM.

    The first rule that fits decides, by ``ordering``. Conditions that are empty fit every order, so a rule without any
    is the default. Several managers take turns; ``turn`` counts the orders given away.
    """

    route = models.ForeignKey(Route, models.CASCADE, related_name="manager_rules", verbose_name=_("route"))
    name = models.CharField(_("name"), max_length=100, blank=True, help_text=_("For example “Bicycles, north”."))
    ordering = models.PositiveSmallIntegerField(
        _("position"), default=10, help_text=_("Smaller numbers are asked first; the default comes last.")
    )
    managers = models.JSONField(_("managers"), default=list, help_text=_("Several take turns."))
    category_ids = models.JSONField(_("categories"), default=list, blank=True)
    brands = models.JSONField(_("brands"), default=list, blank=True)
    store_views = models.JSONField(_("store views"), default=list, blank=True)
    regions = models.JSONField(_("regions"), default=list, blank=True)
    amount_from = models.DecimalField(_("amount from"), max_digits=14, decimal_places=2, null=True, blank=True)
    amount_to = models.DecimalField(_("amount below"), max_digits=14, decimal_places=2, null=True, blank=True)
    turn = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    history = HistoricalRecords(excluded_fields=["turn"])

    class Meta:
        verbose_name = _("manager rule")
        verbose_name_plural = _("manager rules")
        ordering: ClassVar = ["route", "ordering", "id"]

    def __str__(self) -> str:
        return self.name or ", ".join(str(manager) for manager in self.managers)

    @property
    def is_default(self) -> bool:
        return not (
            self.category_ids
            or self.brands
            or self.store_views
            or self.regions
            or self.amount_from is not None
            or self.amount_to is not None
        )

    def clean(self) -> None:
        errors: dict[str, Any] = {}
        for field in ("managers", "category_ids", "brands", "store_views", "regions"):
            value = getattr(self, field)
            if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
                errors[field] = _("A list of texts is needed.")
        if not errors and not self.managers:
            errors["managers"] = _("Who gets these orders? Choose at least one manager.")
        if self.amount_from is not None and self.amount_to is not None and self.amount_from >= self.amount_to:
            errors["amount_to"] = _("“Below” must be more than “from”.")
        if errors:
            raise ValidationError(errors)


class SeenCode(models.Model):
    """A code that real traffic brought on a route, named as the shop shows it; without a rule it is a to-do."""

    route = models.ForeignKey(Route, models.CASCADE, related_name="seen_codes", verbose_name=_("route"))
    side = models.CharField(_("from"), max_length=5, choices=Side.choices, default=Side.STORE)
    kind = models.CharField(_("kind"), max_length=20, choices=CodeKind.choices)
    code = models.CharField(_("code"), max_length=CODE_LENGTH)
    label = models.CharField(_("name"), max_length=300, blank=True)
    count = models.PositiveIntegerField(_("times noted"), default=1)
    first_seen = models.DateTimeField(_("first seen"), default=timezone.now)
    last_seen = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("seen code")
        verbose_name_plural = _("seen codes")
        ordering: ClassVar = ["route", "side", "kind", "code"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["route", "side", "kind", "code"], name="one_row_per_seen_code")
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()}, {self.get_kind_display()}: {self.label or self.code}"
