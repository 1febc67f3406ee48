from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from ..models import BookEntry, SeenCode
from .addresses import OddAddressesMixin
from .todo import todo_view


@admin.register(BookEntry)
class BookEntryAdmin(OddAddressesMixin, ModelAdmin):
    """To look at only: the books are pulled from the systems, on the page of the connection."""

    when_empty = _("Code books are pulled by a button of each connection's page.")
    list_display = ("code", "name", "kind", "group", "connection", "is_active", "pulled_at")
    list_filter = ("connection", "kind", "is_active")
    list_select_related = ("connection",)
    search_fields = ("code", "name", "group")
    list_per_page = 100

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(SeenCode)
class SeenCodeAdmin(OddAddressesMixin, ModelAdmin):
    """What traffic brought. A row may be deleted: when the code comes again, it is noted again."""

    when_empty = _("Codes stand here as real orders bring them.")
    list_display = ("code", "label", "kind", "side", "route", "count", "first_seen", "last_seen")
    list_filter = ("route", "side", "kind")
    list_select_related = ("route",)
    search_fields = ("code", "label", "route__name")
    ordering = ("-last_seen",)
    actions_list: ClassVar = ["open_todo"]

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("todo/", "mappings_seencode_todo", todo_view),)

    @action(description=_("Seen but not mapped"), url_path="open-todo", icon="checklist")
    def open_todo(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 - Unfold's signature
        return redirect(reverse("admin:mappings_seencode_todo"))

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
