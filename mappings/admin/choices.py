"""Codes as staff choose them: drop-downs and type-ahead lists from the code books."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

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


class Options:
    """The options of a drop-down as HTML, prepared once for all the rows that show them.

    Django renders a template for every option; sixty rows of sixty codes took more than a second.
    """

    def __init__(self, choices: Iterable[tuple[str, Any]]) -> None:
        self._parts: list[tuple[str | None, str, str]] = []
        for value, label in choices:
            if isinstance(label, list | tuple):
                self._parts.append((None, format_html('<optgroup label="{}">', value), ""))
                self._parts += [self._option(each, text) for each, text in label]
                self._parts.append((None, "</optgroup>", ""))
            else:
                self._parts.append(self._option(value, label))
        self._values = {value for value, _start, _end in self._parts}

    @staticmethod
    def _option(value: str, label: str) -> tuple[str, str, str]:
        return value, format_html('<option value="{}"', value), format_html(">{}</option>", label)

    def html(self, selected: str) -> SafeString:
        """With this value selected; a value that is not among them is added, so that it is not lost."""
        parts = list(self._parts)
        if selected not in self._values:
            parts.append(self._option(selected, selected.removeprefix(CODE_PREFIX)))
        # Every part was made by format_html.
        return mark_safe(  # noqa: S308
            "".join(f"{start}{' selected' if value == selected else ''}{end}" for value, start, end in parts)
        )


class CodeSelect(UnfoldAdminSelectWidget):
    """A drop-down over prepared options, or over its own few choices."""

    options: Options | None = None

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:  # noqa: ARG002 - Django's signature
        options = self.options or Options(self.choices)
        attributes = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(attributes), options.html(str(value or "")))


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
