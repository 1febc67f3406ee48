"""The mapping grid: all codes of one kind on one route, saved in one go."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integration_hub.connections.models import Route

from ..models import CodeKind, CodeRule, SeenCode, Side
from ..resolve import rule_set
from ..rules import code_entry, is_seen_code_missing
from .choices import Options, code_choices
from .grid_forms import ROWS_PER_PAGE, RowForm, StatusRowForm, backward_initial, outward_initial, row_formset
from .grid_rows import Grid, KindCoverage, Row, build_grid
from .grid_save import save_changes


def may_edit(model_admin: ModelAdmin, request: HttpRequest) -> bool:
    """The grid adds, changes and deletes rules, so it asks for all three rights."""
    return bool(
        model_admin.has_add_permission(request)
        and model_admin.has_change_permission(request)
        and model_admin.has_delete_permission(request)
    )


@dataclass(slots=True)
class Tables:
    """Both tables of the page: from the store to the CRM and, for statuses, the way back."""

    grid: Grid
    pages: Page[Row]
    outward: Any
    backward: Any = None

    def is_valid(self) -> bool:
        return self.outward.is_valid() and (self.backward is None or self.backward.is_valid())

    def save(self) -> int:
        return save_changes(
            self.grid.route,
            self.grid.kind,
            [form.change() for form in self.outward if form.is_touched],
            [form.change() for form in self.backward or () if form.is_touched],
        )


def build_tables(request: HttpRequest, grid: Grid, *, can_edit: bool) -> Tables:
    data = request.POST if request.method == "POST" else None
    longest = grid.outward if len(grid.outward) >= len(grid.backward) else grid.backward
    page = Paginator(longest, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    shown = slice(page.start_index() - 1 if longest else 0, page.end_index())
    is_status = grid.kind == CodeKind.STATUS
    outward = row_formset(StatusRowForm if is_status else RowForm, extra=int(can_edit))(
        data,
        prefix="out",
        initial=None if data else [outward_initial(row) for row in grid.outward[shown]],
        form_kwargs={
            "options": Options(
                code_choices(grid.crm_book, grid.crm_codes, _("— not mapped —"), _("Ignore on purpose"))
            ),
            "rows": {row.code: row for row in grid.outward},
            "can_edit": can_edit,
        },
    )
    if not is_status:
        return Tables(grid, page, outward)
    backward = row_formset(RowForm, extra=int(can_edit))(
        data,
        prefix="back",
        initial=None if data else [backward_initial(row) for row in grid.backward[shown]],
        form_kwargs={
            "options": Options(
                code_choices(grid.store_book, grid.store_codes, _("— as in the table above —"), _("Ignore on purpose"))
            ),
            "rows": {row.code: row for row in grid.backward},
            "can_edit": can_edit,
        },
    )
    return Tables(grid, page, outward, backward)


def grid_view(request: HttpRequest, route_id: int, kind: str, model_admin: ModelAdmin) -> HttpResponse:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    if kind not in CodeKind.values:
        raise Http404(_("There is no such kind of code."))
    route = get_object_or_404(Route.objects.select_related("store", "crm"), pk=route_id)
    can_edit = may_edit(model_admin, request)
    if request.method == "POST" and not can_edit:
        raise PermissionDenied
    grid = build_grid(route, kind)
    tables = build_tables(request, grid, can_edit=can_edit)
    if request.method == "POST" and tables.is_valid() and _saved(request, tables):
        return redirect(request.get_full_path())
    if request.method == "POST" and not tables.is_valid():
        messages.error(request, _("Nothing was saved yet: please mend the marked rows."))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": CodeRule._meta,
        "title": _("Mapping grid: %(kind)s") % {"kind": CodeKind(kind).label},
        "grid": grid,
        "tables": tables,
        "can_edit": can_edit,
        "coverage_line": coverage_line(grid.this_coverage),
        "suggestions": sum(1 for row in grid.outward if row.suggestion and row.needs_rule),
    }
    return TemplateResponse(request, "mappings/grid.html", context)


def _saved(request: HttpRequest, tables: Tables) -> bool:
    try:
        count = tables.save()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    except IntegrityError:
        messages.error(
            request,
            _("Somebody else changed these rules at this moment. Nothing of yours was saved: open the page again."),
        )
        return False
    if not count:
        messages.info(request, _("Nothing was changed."))
        return True
    saved = ngettext("%(count)d rule saved.", "%(count)d rules saved.", count) % {"count": count}
    messages.success(request, f"{saved} {released_line()}")
    return True


def released_line() -> str:
    return _("Whatever waits for these codes goes on within a second.")


def coverage_line(coverage: KindCoverage) -> str:
    """“4 of 31 codes seen are not mapped”."""
    if not coverage.seen:
        return _("No code of this kind has been seen yet.")
    if not coverage.unmapped:
        return ngettext("The one code seen is mapped.", "All %(seen)d codes seen are mapped.", coverage.seen) % {
            "seen": coverage.seen
        }
    return ngettext(
        "%(unmapped)d of %(seen)d codes seen is not mapped.",
        "%(unmapped)d of %(seen)d codes seen are not mapped.",
        coverage.unmapped,
    ) % {"unmapped": coverage.unmapped, "seen": coverage.seen}


def grid_index_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Every route with its kinds and what is left to map. Three queries."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    rules: dict[int, list[Any]] = {}
    for rule in CodeRule.objects.all():
        rules.setdefault(rule.route_id, []).append(rule)
    seen: dict[int, list[SeenCode]] = {}
    for code in SeenCode.objects.all():
        seen.setdefault(code.route_id, []).append(code)
    routes = [
        {"route": route, "kinds": _kinds_of(route, rules.get(route.pk, []), seen.get(route.pk, []))}
        for route in Route.objects.select_related("store", "crm")
    ]
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": CodeRule._meta,
        "title": _("Mapping grids"),
        "routes": routes,
        "can_edit": may_edit(model_admin, request),
    }
    return TemplateResponse(request, "mappings/grid_index.html", context)


def _kinds_of(route: Route, rules: list[CodeRule], seen: list[SeenCode]) -> list[dict[str, Any]]:
    indexed = rule_set(map(code_entry, rules))
    return [
        {
            "label": kind.label,
            "url": grid_url(route.pk, kind.value),
            "rules": sum(1 for rule in rules if rule.kind == kind),
            "seen": sum(1 for code in seen if code.kind == kind),
            "unmapped": sum(1 for code in seen if code.kind == kind and is_seen_code_missing(indexed, code)),
        }
        for kind in CodeKind
    ]


def grid_url(route_id: int, kind: str) -> str:
    return reverse("admin:mappings_coderule_grid", args=[route_id, kind])


def map_url(code: SeenCode, suggested: str = "") -> str:
    """The form for a new rule, filled in for this code."""
    store, crm = (code.code, suggested) if code.side == Side.STORE else (suggested, code.code)
    direction = CodeRule.Direction.BOTH if code.side == Side.STORE else CodeRule.Direction.TO_STORE
    values = {
        "route": code.route_id,
        "kind": code.kind,
        "store_code": store,
        "crm_code": crm,
        "direction": direction.value,
        "back": "todo",
    }
    return f"{reverse('admin:mappings_coderule_add')}?{urlencode(values)}"
