"""Filters that several lists share."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from connectors.contract.spec import Role
from integration_hub.connections.models import Connection
from integration_hub.flows.definitions import FlowName
from integration_hub.web.words import in_words


class ConnectionFilter(DropdownFilter):
    """By connection; reads names only, no secrets."""

    title = _("connection")
    parameter_name = "connection"
    roles: ClassVar[Sequence[str]] = tuple(role.value for role in Role)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:  # noqa: ARG002
        rows = Connection.objects.filter(role__in=self.roles).order_by("name")
        return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        value = self.value()
        return queryset.filter(connection_id=value) if value and value.isdecimal() else queryset


class StoreFilter(ConnectionFilter):
    title = _("store")
    roles: ClassVar[Sequence[str]] = (Role.STORE.value,)


class FlowFilter(DropdownFilter):
    title = _("flow")
    parameter_name = "flow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:  # noqa: ARG002
        return [(flow.value, in_words(flow.value)) for flow in FlowName]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        return queryset.filter(flow=self.value()) if self.value() else queryset


PERIODS = {
    "1h": (_("Last hour"), timedelta(hours=1)),
    "24h": (_("Last 24 hours"), timedelta(hours=24)),
    "7d": (_("Last 7 days"), timedelta(days=7)),
    "30d": (_("Last 30 days"), timedelta(days=30)),
}


class PeriodFilter(DropdownFilter):
    """By age. ``moment`` names the column; the subclass of each list sets it."""

    title = _("time")
    parameter_name = "period"
    moment: ClassVar[str] = "started_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:  # noqa: ARG002
        return [(key, label) for key, (label, _span) in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002
        period = PERIODS.get(self.value() or "")
        return queryset.filter(**{f"{self.moment}__gte": timezone.now() - period[1]}) if period else queryset


class ReceivedPeriodFilter(PeriodFilter):
    moment = "received_at"


class UpdatedPeriodFilter(PeriodFilter):
    moment = "updated_at"
