"""Codes as staff choose them: drop-downs and type-ahead lists from the code books."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from integration_hub.connections.models import Route

from ..models import BookEntry

NOTHING = ""
IGNORE = "ignore"
OTHER = "other"
CODE_PREFIX = "code:"
"""Choice values: a code carries a prefix, so that no system's code can be mistaken for one of our words."""


def book_entries(route: Route, kinds: Collection[str]) -> tuple[list[BookEntry], list[BookEntry]]:
    """The store's and the CRM's code books of those kinds. One query."""
    entries = BookEntry.objects.filter(connection_id__in={route.store_id, route.crm_id}, kind__in=kinds).order_by(
        "kind", "ordering", "code"
    )
    found = list(entries)
    return (
        [entry for entry in found if entry.connection_id == route.store_id],
        [entry for entry in found if entry.connection_id == route.crm_id],
    )


def entry_label(entry: BookEntry) -> str:
    """The name, the code when it differs, and whether it is no longer in use there."""
    label = str(entry)
    return label if entry.is_active else _("%(code)s, inactive") % {"code": label}


def code_choices(entries: Sequence[BookEntry], used: Iterable[str], nothing: str, ignore: str) -> list[tuple[str, Any]]:
    """The drop-down: nothing, ignore, the codes by group, codes in use that the book lacks, and any other code."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append((CODE_PREFIX + entry.code, entry_label(entry)))
    known = {entry.code for entry in entries}
    lacking = [code for code in dict.fromkeys(used) if code and code not in known]
    choices: list[tuple[str, Any]] = [(NOTHING, nothing), (IGNORE, ignore)]
    for group, members in groups.items():
        if group:
            choices.append((group, members))
        else:
            choices += members
    if lacking:
        choices.append((_("Not in the code book"), [(CODE_PREFIX + code, code) for code in lacking]))
    choices.append((OTHER, _("Another code…")))
    return choices


class CodeChoiceField(forms.ChoiceField):
    """Accepts every code: the book may have changed since the page was opened."""

    def valid_value(self, value: Any) -> bool:
        text = str(value)
        return text.startswith(CODE_PREFIX) or text in {NOTHING, IGNORE, OTHER}


class CodeInput(UnfoldAdminTextInputWidget):
    """A text field that offers the codes of a book while typing; any other text is accepted too."""

    def __init__(self, entries: Sequence[BookEntry] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"autocomplete": "off", **(attrs or {})})
        self.entries = entries

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}-codes"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join(
            "", '<option value="{}">{}</option>', ((entry.code, entry_label(entry)) for entry in self.entries)
        )
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)
