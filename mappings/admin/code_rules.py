from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportModelAdmin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.contrib.import_export.forms import ExportForm, ImportForm
from unfold.decorators import action, display

from integration_hub.connections.models import Route

from ..formats import SHEET_FORMATS
from ..models import CodeKind, CodeRule
from ..resources import CodeRuleResource
from .addresses import OddAddressesMixin
from .choices import CodeInput, book_entries
from .grid import grid_index_view, grid_view, may_edit, released_line


class CodeRuleForm(forms.ModelForm):
    """Offers the code books once route and kind are known: from the rule, the address or what was sent."""

    class Meta:
        model = CodeRule
        fields = ("route", "kind", "action", "direction", "store_code", "crm_code", "is_way_back")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        route = Route.objects.filter(pk=self._known("route")).first() if self._known("route") else None
        kind = self._known("kind")
        stores, crms = book_entries(route, [kind]) if route and kind in CodeKind.values else ([], [])
        for name, entries in (("store_code", stores), ("crm_code", crms)):
            if name in self.fields:
                self.fields[name].widget = CodeInput(entries)

    def _known(self, name: str) -> str:
        value = self.data.get(self.add_prefix(name)) if self.is_bound else self.initial.get(name)
        text = str(value or "")
        return text if name != "route" or text.isdecimal() else ""


@admin.register(CodeRule)
class CodeRuleAdmin(OddAddressesMixin, ModelAdmin, SimpleHistoryAdmin, ImportExportModelAdmin):
    when_empty = _("Most rules are made in a route's grid, which knows both systems' codes and suggests what fits.")
    form = CodeRuleForm
    resource_classes: ClassVar = [CodeRuleResource]
    import_form_class = ImportForm
    export_form_class = ExportForm
    formats = SHEET_FORMATS
    to_encoding = "utf-8-sig"  # Excel reads a CSV without the mark in the local 8-bit encoding
    list_display = ("store_code", "shown_arrow", "crm_code", "kind", "route", "shown_way_back", "updated_at")
    list_display_links = ("store_code", "crm_code")
    list_filter = ("route", "kind", "action", "direction")
    list_select_related = ("route",)
    search_fields = ("store_code", "crm_code", "route__name")
    ordering = ("route__name", "kind", "store_code")
    list_per_page = 50
    actions_list: ClassVar = ["open_grids", "open_todo"]
    history_list_display = ("store_code", "crm_code", "action", "direction")

    @display(description=_("direction"))
    def shown_arrow(self, rule: CodeRule) -> str:
        arrow = {"both": "↔", "to_crm": "→", "to_store": "←"}.get(rule.direction, "")
        return f"{arrow} {rule.get_action_display()}" if rule.action == CodeRule.Action.IGNORE else arrow

    @display(description=_("on the way back"), ordering="is_way_back")
    def shown_way_back(self, rule: CodeRule) -> str:
        return translate("yes") if rule.is_way_back else ""

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (
            ("grid/", "mappings_coderule_grids", grid_index_view),
            ("grid/<int:route_id>/<str:kind>/", "mappings_coderule_grid", grid_view),
        )

    @action(description=_("Mapping grids"), url_path="grids", icon="grid_on")
    def open_grids(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 - Unfold's signature
        return redirect(reverse("admin:mappings_coderule_grids"))

    @action(description=_("Seen but not mapped"), url_path="todo", icon="checklist")
    def open_todo(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002
        return redirect(reverse("admin:mappings_seencode_todo"))

    def has_import_permission(self, request: HttpRequest) -> bool:
        return may_edit(self, request)

    def response_add(self, request: HttpRequest, obj: CodeRule, post_url_continue: str | None = None) -> HttpResponse:
        messages.info(request, released_line())
        if request.GET.get("back") == "todo" and "_continue" not in request.POST and "_addanother" not in request.POST:
            messages.success(request, translate("The rule “%(rule)s” was added.") % {"rule": obj})
            return redirect(reverse("admin:mappings_seencode_todo"))
        response: HttpResponse = super().response_add(request, obj, post_url_continue)
        return response

    def response_change(self, request: HttpRequest, obj: CodeRule) -> HttpResponse:
        messages.info(request, released_line())
        response: HttpResponse = super().response_change(request, obj)
        return response
