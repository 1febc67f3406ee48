"""Incidents: what is broken now, and what was. Written by the watch alone."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from integration_hub.watch.findings import in_words
from integration_hub.watch.models import Incident
from integration_hub.watch.places import own_page, place

from .base import LogAdmin, chip, moment
from .buttons import ButtonsMixin, PageLink
from .filters import ConnectionFilter, PeriodFilter


class OpenFilter(DropdownFilter):
    title = _("state")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:  # noqa: ARG002
        return [("1", pgettext_lazy("incident", "Open")), ("0", _("Healed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        if self.value() not in {"0", "1"}:
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "1")


class OpenedPeriodFilter(PeriodFilter):
    moment = "opened_at"


@admin.register(Incident)
class IncidentAdmin(ButtonsMixin, LogAdmin):
    when_empty = _("Nothing has been broken so far. What breaks is listed here with its cure.")
    list_display: ClassVar = ("shown_state", "shown_title", "opened", "healed", "lasted", "told")
    list_filter: ClassVar = (OpenFilter, ("kind", ChoicesDropdownFilter), ConnectionFilter, OpenedPeriodFilter)
    list_display_links: ClassVar = ("shown_state", "shown_title")
    fields: ClassVar = (
        "shown_state",
        "shown_title",
        "shown_cure",
        "kind",
        "opened",
        "last_seen",
        "healed",
        "lasted",
        "shown_notices",
    )
    readonly_fields: ClassVar = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        rows: QuerySet[Incident] = super().get_queryset(request)
        return rows.select_related("connection").defer("connection__secrets")

    def page_links(self, request: HttpRequest, row: Incident) -> Sequence[PageLink]:  # noqa: ARG002
        where = place(row)
        return [PageLink(_("Go there"), "arrow_forward", where)] if where != own_page(row) else []

    @display(description=_("State"))
    def shown_state(self, row: Incident) -> SafeString:
        return chip("problem", pgettext_lazy("incident", "Open")) if row.is_open else chip("active", _("Healed"))

    @display(description=_("What is broken"))
    def shown_title(self, row: Incident) -> str:
        return row.title

    @display(description=_("What to do"))
    def shown_cure(self, row: Incident) -> str:
        return row.cure or "—"

    @display(description=_("Since"), ordering="opened_at")
    def opened(self, row: Incident) -> Any:
        return moment(row.opened_at)

    @display(description=_("Last seen"))
    def last_seen(self, row: Incident) -> Any:
        return moment(row.last_seen_at)

    @display(description=_("Healed"), ordering="closed_at")
    def healed(self, row: Incident) -> Any:
        return moment(row.closed_at)

    @display(description=_("Lasted"))
    def lasted(self, row: Incident) -> str:
        return in_words(((row.closed_at or row.last_seen_at) - row.opened_at).total_seconds())

    @display(description=_("Word was sent"), ordering="notified_at")
    def told(self, row: Incident) -> Any:
        return moment(row.notified_at)

    @display(description=_("Messages"))
    def shown_notices(self, row: Incident) -> str:
        return render_to_string("hub/notices.html", {"notices": row.notices.order_by("pk")[:100]})
