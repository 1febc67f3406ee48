"""What all our admin classes share: bounded counting, read-only logs, labels in colour."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from integration_hub.web.forms import MOMENTS
from integration_hub.web.said import said
from integration_hub.web.words import in_words
from mappings.admin.addresses import OddAddressesMixin, TolerantChangeList

MOST_COUNTED = 10_000
"""Nobody turns two hundred pages; beyond this the list says so by its round number, and filters narrow it down."""

TONES = {
    # outbox items
    "waiting": "info",
    "in_flight": "primary",
    "parked": "warning",
    "dead": "danger",
    "done": "success",
    # attempts
    "written": "success",
    "dry_run": "info",
    "retry": "warning",
    "rate_limited": "warning",
    "unknown": "warning",
    "refused": "danger",
    "misconfigured": "danger",
    "internal": "danger",
    # inbox
    "new": "info",
    "failed": "danger",
    # modes of a route
    "mode_dry_run": "warning",
    "mode_pilot": "primary",
    "mode_live": "success",
    # connections, lanes, backfills, polls
    "active": "success",
    "unverified": "info",
    "problem": "danger",
    "paused": "warning",
    "running": "primary",
    "late": "danger",
    "slowed": "warning",
    # differences between both sides
    "healed": "success",
    "listed": "warning",
    # answers
    "good": "success",
    "bad": "danger",
}
"""State -> colour of its label. A state that is not named is grey: it needs nobody's attention."""


def chip(state: str, label: Any) -> SafeString:
    """A state in its colour, for lists and pages alike (Unfold's own labels are for lists only)."""
    return format_html('<span class="hub-chip hub-chip--{}">{}</span>', TONES.get(state) or "quiet", label)


def moment(at: datetime | None, *, seconds: bool = False) -> SafeString | str:
    """A time in the local zone, short enough for a column."""
    if at is None:
        return "—"
    local = timezone.localtime(at)
    shown = f"{local:%Y-%m-%d %H:%M:%S}" if seconds else f"{local:%Y-%m-%d %H:%M}"
    return format_html('<time class="hub-time" datetime="{}">{}</time>', local.isoformat(), shown)


class CappedPaginator(Paginator):
    """Counts no further than MOST_COUNTED rows: count(*) over millions would be most of the page's time."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_COUNTED].count())


class HubAdmin(OddAddressesMixin, ModelAdmin):
    """Lists of ours: at most 50 rows, a bounded count, filters behind one button. ``when_empty`` says where the rows of
    an empty list would come from."""

    formfield_overrides: ClassVar = MOMENTS
    empty_value_display = "—"
    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 50
    list_filter_submit = True
    compressed_fields = False


class LogAdmin(HubAdmin):
    """Rows that only the hub writes: looked at and repaired by buttons, never added, edited or deleted by hand."""

    list_disable_select_all = True
    compressed_fields = True
    ordering: ClassVar[Sequence[str]] = ("-pk",)
    """Rows are appended, so the primary key is their order in time, and its index is always there."""

    @display(description=_("flow"), ordering="flow")
    def shown_flow(self, row: Any) -> str:
        """For rows that have a flow."""
        return in_words(row.flow)

    @display(description=_("message"))
    def shown_message(self, row: Any) -> str:
        return said(row.message) or "—"

    @display(description=_("reason"))
    def shown_reason(self, row: Any) -> str:
        return said(row.reason) or "—"

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - the same for all
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


class AttachingChangeList(TolerantChangeList):
    """A list whose rows get more from the database than one query can join: ``attach_to`` is called with the page."""

    result_list: Any
    model_admin: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        self.model_admin.attach_to(self.result_list)
