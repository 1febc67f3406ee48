"""Orders and customers: where is it, what happened to it, send it again."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from pydantic_core import to_jsonable_python
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from connectors.contract.errors import ConnectorError, without_promise
from integration_hub.connections.models import Route
from integration_hub.flows import actions
from integration_hub.records.models import CustomerRecord, OrderRecord, Record
from integration_hub.web import search
from integration_hub.web.delivery import standings
from integration_hub.web.said import said
from integration_hub.web.timeline import Timeline, timeline_of, translated
from mappings.models import BookEntry, CodeKind

from .base import TONES, AttachingChangeList, LogAdmin, moment
from .buttons import Button, ButtonsMixin, NothingDoneError, PageLink, Words
from .filters import StoreFilter

PREVIEW_HELP = _("Nothing is sent by looking at this page. It is what the next try would send with today's mappings.")


def _send_again(request: HttpRequest, record: Record) -> Words:
    carried = Route.objects.filter(store_id=record.connection_id).exclude(mode=Route.Mode.OFF).exists()
    if not carried:
        raise NothingDoneError(_now("No route leads on from %s, or all are switched off.") % record.connection)
    actions.resync([record], request.user.get_username())
    return _("Queued: the newest known state is sent again on every route that carries it.")


def _read_again(_request: HttpRequest, record: Record) -> Words:
    if not actions.look_again([record]):
        raise NothingDoneError(_now("It is being read already."))
    return _("Asked: the store is read again, and what it says is sent on every route that carries it.")


class RecordAdmin(ButtonsMixin, LogAdmin):
    """What both lists share."""

    change_form_template = "hub/record.html"
    ordering: ClassVar[Sequence[str]] = ("-seen_at", "-pk")
    list_select_related: ClassVar = ("connection",)
    list_filter: ClassVar = (StoreFilter, ("seen_at", RangeDateTimeFilter))
    search_fields: ClassVar = ("number",)
    actions: ClassVar = ("send_again",)

    def has_repair_permission(self, request: HttpRequest) -> bool:
        name = f"records.change_{self.model._meta.model_name}"
        return bool(request.user.has_perm(name))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).select_related("connection").defer("fingerprints")
        if request.resolver_match and str(request.resolver_match.url_name).endswith("_changelist"):
            return rows.defer("fingerprints", "content", "connection__secrets")
        return rows

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:  # noqa: ARG002
        return (search.find(queryset, search_term), False) if search_term.strip() else (queryset, False)

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[AttachingChangeList]:  # noqa: ARG002
        return AttachingChangeList

    def attach_to(self, rows: Sequence[Any]) -> None:
        found = standings(rows)
        named = status_names(rows)
        for row in rows:
            row.standings = found[row.pk]
            row.status_name = named.get((row.connection_id, row.status), row.status)

    @display(description=_("In the CRM"))
    def delivery(self, row: Any) -> SafeString:
        return render_to_string("hub/standings.html", {"standings": row.standings, "tones": TONES})

    @display(description=_("Changed there"), ordering="version")
    def changed(self, row: Any) -> Any:
        return moment(row.version)

    @display(description=_("Last seen"), ordering="seen_at")
    def seen(self, row: Any) -> Any:
        return moment(row.seen_at)

    @admin.action(description=_("Send again"), permissions=["repair"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        chosen = list(queryset)
        try:
            count = actions.resync(chosen, request.user.get_username())
        except ConnectorError as error:
            self.message_user(request, said(without_promise(error.message)), messages.ERROR)
            return
        told = ngettext("%d object is sent again.", "%d objects are sent again.", count) % count
        self.message_user(request, told, messages.SUCCESS if count else messages.WARNING)

    # --- page -------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("find/", wrap(self.find_view), name=f"{self._url_name}_find"),
            path("<path:object_id>/preview/", wrap(self.preview_view), name=f"{self._url_name}_preview"),
        ]
        return own + super().get_urls()

    def find_view(self, request: HttpRequest) -> HttpResponse:
        """The dashboard's search box: straight to the object when there is only one, else to the list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        term = request.GET.get("q", "").strip()
        found = list(search.find(self.get_queryset(request), term)[:2]) if term else []
        if len(found) == 1:
            return HttpResponseRedirect(search.page_of(found[0]))
        query = urlencode({"q": term}) if term else ""
        return HttpResponseRedirect(f"{reverse(f'admin:{self._url_name}_changelist')}?{query}")

    def page_links(self, request: HttpRequest, row: Any) -> Sequence[PageLink]:  # noqa: ARG002
        url = reverse(f"admin:{self._url_name}_preview", args=(row.pk,))
        return (PageLink(_("Preview what would be sent"), "visibility", url),)

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:  # noqa: ARG002
        story: Timeline = timeline_of(row)
        opened = [
            PageLink(_("Open in %s") % side.connection.name, "open_in_new", side.url, is_external=True)
            for side in story.sides
            if side.url
        ]
        status = status_names([row]).get((row.connection_id, row.status), row.status)
        return {
            "record": row,
            "status": status,
            "timeline": story,
            "open_links": opened,
            "title": str(row),
        }

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What each route would send now; nothing is sent."""
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        if not self.has_view_permission(request, record):
            raise PermissionDenied
        previews: Sequence[Any] = ()
        fault = ""
        try:
            previews = actions.preview(record)
        except ConnectorError as error:
            fault = said(without_promise(error.message))
        context = {
            **self.admin_site.each_context(request),
            "title": _("What would be sent: %s") % record,
            "opts": self.opts,
            "record": record,
            "record_url": reverse(f"admin:{self._url_name}_change", args=(record.pk,)),
            "help": PREVIEW_HELP,
            "fault": fault,
            "previews": [(preview, translated(preview.translation), draft_text(preview.draft)) for preview in previews],
        }
        return TemplateResponse(request, "hub/preview.html", context)


def status_names(rows: Sequence[Record]) -> dict[tuple[int, str], str]:
    """By connection and code: the name in the shop's code book, with the code behind it where that says something else.
    Some shops name their statuses by number."""
    codes = {row.status for row in rows if row.status}
    entries = BookEntry.objects.filter(
        kind=CodeKind.STATUS, connection_id__in={row.connection_id for row in rows}, code__in=codes
    )
    return {(entry.connection_id, entry.code): str(entry) for entry in entries}


def draft_text(draft: Any) -> str:
    """The draft that the connector would be given, as indented JSON; empty when there is none."""
    if draft is None:
        return ""
    return json.dumps(to_jsonable_python(draft, fallback=str), ensure_ascii=False, indent=2)


@admin.register(OrderRecord)
class OrderRecordAdmin(RecordAdmin):
    when_empty = _("Orders appear as stores tell of them: connect a store and a CRM, then join them by a route.")
    list_display: ClassVar = (
        "shown_number",
        "connection",
        "shown_status",
        "shown_name",
        "total",
        "delivery",
        "changed",
        "seen",
    )
    search_help_text = _("Number, e-mail, phone or name")
    buttons: ClassVar = (
        Button("send-again", _("Send again"), "send", "records.change_orderrecord", _send_again, variant="primary"),
        Button("read-again", _("Read from the store again"), "sync", "records.change_orderrecord", _read_again),
    )

    @display(description=_("Number"), ordering="number")
    def shown_number(self, row: Record) -> str:
        return row.number or row.object_id

    @display(description=_("Status"), ordering="status")
    def shown_status(self, row: Any) -> str:
        return str(row.status_name)

    @display(description=_("Buyer"))
    def shown_name(self, row: Record) -> str:
        return row.name or row.email or row.phone or "—"


@admin.register(CustomerRecord)
class CustomerRecordAdmin(RecordAdmin):
    when_empty = _("Customers appear with their orders, and by themselves where a route carries accounts.")
    list_display: ClassVar = ("shown_name", "connection", "email", "phone", "delivery", "seen")
    search_help_text = _("E-mail, phone or name")
    buttons: ClassVar = (
        Button("send-again", _("Send again"), "send", "records.change_customerrecord", _send_again, variant="primary"),
        Button("read-again", _("Read from the store again"), "sync", "records.change_customerrecord", _read_again),
    )

    @display(description=_("Name"))
    def shown_name(self, row: Record) -> str:
        return row.name or row.email or row.object_id
