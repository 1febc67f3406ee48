from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from integration_hub.connections.models import Route

from ..formats import SHEET_FORMATS
from ..manager_rules import MANAGER
from ..models import BookEntry, ManagerRule
from ..resources import ManagerRuleResource
from .addresses import OddAddressesMixin
from .choices import entry_label
from .grid import may_edit

LISTS = ("category_ids", "brands", "store_views", "regions")


class LinesField(forms.CharField):
    """A list, one entry a line."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "widget": UnfoldAdminTextareaWidget(attrs={"rows": 3}), **options})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(each) for each in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        lines = str(super().to_python(value) or "").splitlines()
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(self.prepare_value(initial or [])) != self.to_python(data))


class ManagersField(forms.MultipleChoiceField):
    """The managers of the CRM's code book; one that is not in it any more stays chosen until staff take it off."""

    def valid_value(self, value: Any) -> bool:
        return bool(str(value).strip())


class ManagerRuleForm(forms.ModelForm):
    managers = ManagersField(
        label=_("Managers"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Several take turns. Pull the code books of the CRM connection to see who works there."),
    )
    other_managers = LinesField(
        label=_("Other managers"),
        help_text=_("Codes that are not in the list above, one a line."),
    )
    category_ids = LinesField(
        label=_("Categories"),
        help_text=_(
            "Ids of the shop's categories, one a line; products in categories below them count too. For rules by "
            "category or brand the hub reads the shop's products, even where the route does not carry the catalog. An "
            "order of a product that it has not read yet goes by the next rule."
        ),
    )
    brands = LinesField(label=_("Brands"), help_text=_("One a line; read with the products as well."))
    store_views = LinesField(label=_("Store views"), help_text=_("As orders name them, mostly by id, one a line."))
    regions = LinesField(
        label=_("Regions"), help_text=_("Region, its code, city, country code or postcode of the delivery, one a line.")
    )

    class Meta:
        model = ManagerRule
        fields = ("route", "name", "ordering", "managers", *LISTS, "amount_from", "amount_to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "managers" not in self.fields:
            return
        entries = self._book()
        known = {entry.code for entry in entries}
        chosen = [str(each) for each in self.instance.managers]
        field: Any = self.fields["managers"]
        field.choices = [
            (entry.code, entry_label(entry)) for entry in entries if entry.is_active or entry.code in chosen
        ]
        self.initial["managers"] = [each for each in chosen if each in known]
        self.initial["other_managers"] = [each for each in chosen if each not in known]

    def _book(self) -> list[BookEntry]:
        value = self.data.get(self.add_prefix("route")) if self.is_bound else self.initial.get("route")
        text = str(value or self.instance.route_id or "")
        route = Route.objects.filter(pk=text).first() if text.isdecimal() else None
        entries = BookEntry.objects.filter(kind=MANAGER).order_by("name", "code")
        if route is not None:
            return list(entries.filter(connection_id=route.crm_id))
        # A new rule whose route is not chosen yet: the managers of every CRM, each code once.
        return list({entry.code: entry for entry in entries}.values())

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = [*values.get("managers", []), *values.get("other_managers", [])]
        values["managers"] = list(dict.fromkeys(chosen))
        return values


@admin.register(ManagerRule)
class ManagerRuleAdmin(OddAddressesMixin, ModelAdmin, SimpleHistoryAdmin, ImportExportModelAdmin):
    when_empty = _("Without rules the CRM itself decides who looks after an order.")
    form = ManagerRuleForm
    fieldsets = (
        (None, {"fields": ("route", "name", "ordering", "managers", "other_managers")}),
        (
            _("Only these orders"),
            {
                "fields": (*LISTS, ("amount_from", "amount_to")),
                "description": _("What is empty fits every order. A rule without any of these is the default."),
            },
        ),
    )
    resource_classes: ClassVar = [ManagerRuleResource]
    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = SHEET_FORMATS
    to_encoding = "utf-8-sig"  # Excel reads a CSV without the mark in the local 8-bit encoding
    list_display = ("shown_name", "shown_managers", "shown_conditions", "route", "ordering", "updated_at")
    list_display_links = ("shown_name",)
    list_filter = ("route",)
    list_select_related = ("route",)
    search_fields = ("name", "route__name")
    ordering = ("route__name", "ordering", "id")
    history_list_display = ("name", "managers", "ordering")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        entries = BookEntry.objects.filter(kind=MANAGER).values_list("connection_id", "code", "name", "is_active")
        self._names = {(crm, code): (name or code, is_active) for crm, code, name, is_active in entries}
        return rows

    @display(description=_("rule"), ordering="name")
    def shown_name(self, rule: ManagerRule) -> str:
        return rule.name or (gettext("Default") if rule.is_default else str(rule.pk))

    @display(description=_("managers"))
    def shown_managers(self, rule: ManagerRule) -> str:
        return ", ".join(self._named(rule, str(code)) for code in rule.managers)

    def _named(self, rule: ManagerRule, code: str) -> str:
        name, is_active = self._names.get((rule.route.crm_id, code), (code, True))
        return name if is_active else gettext("%(name)s (dismissed)") % {"name": name}

    @display(description=_("only these orders"))
    def shown_conditions(self, rule: ManagerRule) -> str:
        if rule.is_default:
            return gettext("All the others (default)")
        named = ((self.form.base_fields[name].label, getattr(rule, name)) for name in LISTS)
        parts = [f"{label}: {', '.join(values)}" for label, values in named if values]
        if rule.amount_from is not None:
            parts.append(gettext("from %(amount)s") % {"amount": rule.amount_from})
        if rule.amount_to is not None:
            parts.append(gettext("below %(amount)s") % {"amount": rule.amount_to})
        return "; ".join(str(part) for part in parts)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return may_edit(self, request)
