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
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integration_hub.connections.models import Route

from ..catalogue import CONSTANT, CUSTOM_PREFIX, SOURCES
from ..formats import SHEET_FORMATS
from ..models import CODE_LENGTH, FieldRule
from ..resources import FieldRuleResource
from .addresses import OddAddressesMixin
from .choices import CodeInput, book_entries
from .grid import may_edit

CUSTOM = "custom"
FIELD_KINDS = tuple(f"field:{kind}" for kind in SOURCES)


def source_choices() -> list[tuple[str, Any]]:
    """``order:total`` names object and source at once, so that the two cannot contradict each other."""
    choices: list[tuple[str, Any]] = [("", "---------")]
    for kind, label in FieldRule.Object.choices:
        members = [(f"{kind}:{source.key}", gettext(source.label)) for source in SOURCES[kind].values()]
        members.append((f"{kind}:{CUSTOM}", gettext("A field that we defined in the shop…")))
        members.append((f"{kind}:{CONSTANT}", gettext("A constant text…")))
        choices.append((str(label), members))
    return choices


def source_label(rule: FieldRule) -> str:
    if rule.source == CONSTANT:
        return f"“{rule.constant}”"
    if rule.source.startswith(CUSTOM_PREFIX):
        return rule.source.removeprefix(CUSTOM_PREFIX)
    source = SOURCES.get(rule.object, {}).get(rule.source)
    return gettext(source.label) if source else rule.source


class FieldRuleForm(forms.ModelForm):
    source_choice = forms.ChoiceField(
        label=_("Source"), choices=source_choices, widget=UnfoldAdminSelectWidget, help_text=_("What is written.")
    )
    custom_field = forms.CharField(
        label=_("Field in the shop"),
        required=False,
        max_length=CODE_LENGTH - len(CUSTOM_PREFIX),
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Only for “a field that we defined in the shop”: its name there."),
    )

    class Meta:
        model = FieldRule
        fields = ("route", "constant", "target", "write_mode", "ordering")
        help_texts: ClassVar = {
            "constant": _("Only for “a constant text”: the text to write."),
            "target": _("The code of the CRM's own field. An empty source writes nothing into it."),
            "ordering": _("Smaller numbers come first; it matters when rules append to one field."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule: FieldRule = self.instance
        if rule.source:
            is_custom = rule.source.startswith(CUSTOM_PREFIX)
            self.initial.setdefault("source_choice", f"{rule.object}:{CUSTOM if is_custom else rule.source}")
            self.initial.setdefault("custom_field", rule.source.removeprefix(CUSTOM_PREFIX) if is_custom else "")
        if "target" in self.fields:
            self.fields["target"].widget = CodeInput(self._target_entries())

    def _target_entries(self) -> list[Any]:
        value = self.data.get(self.add_prefix("route")) if self.is_bound else self.initial.get("route")
        text = str(value or "")
        route = Route.objects.filter(pk=text).first() if text.isdecimal() else None
        return book_entries(route, FIELD_KINDS)[1] if route else []

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        kind, _colon, source = str(values.get("source_choice") or "").partition(":")
        custom = str(values.get("custom_field") or "").strip()
        if source == CUSTOM and not custom:
            self.add_error("custom_field", gettext("Which field of the shop?"))
        elif source:
            self.instance.object = kind
            self.instance.source = CUSTOM_PREFIX + custom if source == CUSTOM else source
        return values


@admin.register(FieldRule)
class FieldRuleAdmin(OddAddressesMixin, ModelAdmin, SimpleHistoryAdmin, ImportExportModelAdmin):
    when_empty = _("A field rule carries a value that orders have beside the usual ones into a field of the CRM.")
    form = FieldRuleForm
    fields = ("route", "source_choice", "custom_field", "constant", "target", "write_mode", "ordering")
    resource_classes: ClassVar = [FieldRuleResource]
    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = SHEET_FORMATS
    to_encoding = "utf-8-sig"  # Excel reads a CSV without the mark in the local 8-bit encoding
    list_display = ("shown_source", "target", "object", "route", "write_mode", "ordering", "updated_at")
    list_display_links = ("shown_source", "target")
    list_filter = ("route", "object", "write_mode")
    list_select_related = ("route",)
    search_fields = ("source", "constant", "target", "route__name")
    ordering = ("route__name", "object", "ordering", "id")
    history_list_display = ("source", "constant", "target", "write_mode")

    @display(description=_("source"), ordering="source")
    def shown_source(self, rule: FieldRule) -> str:
        return source_label(rule)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return may_edit(self, request)
