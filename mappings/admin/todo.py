"""“Seen but not mapped”: every code that real traffic brought and no rule knows, with one click to map it."""

from dataclasses import dataclass

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import BookEntry, CodeRule, SeenCode, Side
from ..rules import unmapped_codes
from ..suggest import Candidate, Suggestion, suggest
from .grid import grid_url, map_url


@dataclass(frozen=True, slots=True)
class Todo:
    code: SeenCode
    suggestion: Suggestion | None
    map_url: str
    grid_url: str


def todo_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Three queries, however much there is to do."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    codes = unmapped_codes()
    books = _candidates(codes)
    todos = []
    for code in codes:
        other = code.route.crm_id if code.side == Side.STORE else code.route.store_id
        found = suggest(code.kind, code.code, code.label, books.get((other, code.kind), ()))
        todos.append(Todo(code, found, map_url(code, found.code if found else ""), grid_url(code.route_id, code.kind)))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": SeenCode._meta,
        "title": _("Seen but not mapped"),
        "todos": todos,
        "can_add": request.user.has_perm(f"mappings.add_{CodeRule._meta.model_name}"),
    }
    return TemplateResponse(request, "mappings/todo.html", context)


def _candidates(codes: list[SeenCode]) -> dict[tuple[int, str], list[Candidate]]:
    connections = {code.route.crm_id for code in codes} | {code.route.store_id for code in codes}
    books: dict[tuple[int, str], list[Candidate]] = {}
    entries = BookEntry.objects.filter(
        connection_id__in=connections, kind__in={code.kind for code in codes}, is_active=True
    )
    for entry in entries:
        books.setdefault((entry.connection_id, entry.kind), []).append(Candidate(entry.code, entry.name))
    return books
