"""“Seen but not mapped”: every code that real traffic brought and no rule knows, with one click to map it."""

from dataclasses import dataclass

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..models import BookEntry, CodeRule, SeenCode, Side
from ..rules import unmapped_codes
from ..suggest import Candidate, Suggestion, suggest
from .grid import grid_url, map_url

CODES_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Todo:
    """``name`` as the shop or the code book shows it, else the code itself."""

    code: SeenCode
    name: str
    suggestion: Suggestion | None
    map_url: str
    grid_url: str


def todo_view(request: HttpRequest, model_admin: ModelAdmin) -> HttpResponse:
    """Four queries, however much there is to do."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    page = Paginator(unmapped_codes(), CODES_PER_PAGE).get_page(request.GET.get("page"))
    codes = list(page)
    books = _books(codes)
    todos = [_todo(code, books) for code in codes]
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": SeenCode._meta,
        "title": _("Seen but not mapped"),
        "todos": todos,
        "pages": page,
        "can_add": request.user.has_perm(f"mappings.add_{CodeRule._meta.model_name}"),
    }
    return TemplateResponse(request, "mappings/todo.html", context)


Books = dict[tuple[int, str], dict[str, BookEntry]]
"""(connection id, kind) -> code -> entry."""


def _books(codes: list[SeenCode]) -> Books:
    connections = {code.route.crm_id for code in codes} | {code.route.store_id for code in codes}
    books: Books = {}
    for entry in BookEntry.objects.filter(connection_id__in=connections, kind__in={code.kind for code in codes}):
        books.setdefault((entry.connection_id, entry.kind), {})[entry.code] = entry
    return books


def _todo(code: SeenCode, books: Books) -> Todo:
    ours, theirs = code.route.store_id, code.route.crm_id
    if code.side == Side.CRM:
        ours, theirs = theirs, ours
    entry = books.get((ours, code.kind), {}).get(code.code)
    name = code.label or (entry.name if entry else "")
    others = books.get((theirs, code.kind), {}).values()
    found = suggest(code.kind, code.code, name, (Candidate(each.code, each.name) for each in others if each.is_active))
    return Todo(
        code, name or code.code, found, map_url(code, found.code if found else ""), grid_url(code.route_id, code.kind)
    )
