"""Forms that are built from what a connector says about itself, and small pieces that several forms use."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    CHECKBOX_CLASSES,
    INPUT_CLASSES,
    SELECT_CLASSES,
    SWITCH_CLASSES,
    TEXTAREA_CLASSES,
    UnfoldAdminSplitDateTimeWidget,
)

from connectors.contract.spec import ConnectorSpec, FieldType, SettingField
from integration_hub.connections.models import Connection
from integration_hub.flows.numbers import is_between, prefix_of

PREFIX = "setting_"
CLEAR_PREFIX = "clear_"

GENERATED_SECRETS = frozenset({"webhook_secret", "signing_secret"})
"""Secrets that only this hub and the store share: both sides are ours to choose, so a good one is made."""


def classes(names: Sequence[str]) -> dict[str, str]:
    return {"class": " ".join(names)}


class LinesField(forms.CharField):
    """A list of texts, one per line. Blank lines and spaces around are dropped; repeats are kept once."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea({**classes(TEXTAREA_CLASSES), "rows": 3}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(str(line) for line in value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != list(dict.fromkeys(line.strip() for line in (data or "").splitlines() if line))


def _form_field(setting: SettingField, *, is_stored: bool) -> forms.Field:
    """The form field of one setting. A secret's stored value never enters the form."""
    common: dict[str, Any] = {
        "label": gettext(setting.label),
        "help_text": gettext(setting.help) if setting.help else "",
        "required": setting.required,
    }
    match setting.type:
        case FieldType.SECRET:
            shown = gettext("Stored; leave empty to keep it") if is_stored else ""
            if not is_stored and is_generated(setting):
                shown = gettext("Leave empty to have one made")
            widget = forms.PasswordInput(
                {**classes(INPUT_CLASSES), "autocomplete": "new-password", "placeholder": shown}, render_value=False
            )
            common["required"] = setting.required and not is_stored and not is_generated(setting)
            return forms.CharField(widget=widget, strip=True, **common)
        case FieldType.URL:
            return forms.URLField(
                widget=forms.URLInput({**classes(INPUT_CLASSES), "placeholder": "https://"}),
                assume_scheme="https",
                **common,
            )
        case FieldType.BOOLEAN:
            common["required"] = False
            return forms.BooleanField(widget=forms.CheckboxInput(classes(SWITCH_CLASSES)), **common)
        case FieldType.INTEGER:
            return forms.IntegerField(widget=forms.NumberInput(classes(INPUT_CLASSES)), **common)
        case FieldType.CHOICE:
            choices = [(value, gettext(label)) for value, label in setting.choices]
            if not setting.required and not any(value == "" for value, _label in choices):
                choices.insert(0, ("", "—"))
            return forms.ChoiceField(choices=choices, widget=forms.Select(classes(SELECT_CLASSES)), **common)
        case FieldType.LIST:
            return LinesField(**common)
        case FieldType.TEXT:
            return forms.CharField(widget=forms.TextInput(classes(INPUT_CLASSES)), **common)


def is_generated(setting: SettingField) -> bool:
    """A previous secret is typed in while a secret is changed; one that was made up would never match."""
    return setting.is_secret and setting.key in GENERATED_SECRETS


def new_secret(key: str) -> str:
    """A shared secret of 24 random bytes. A signing secret is written as Standard Webhooks write it, others in hex."""
    if key == "signing_secret":
        return f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
    return secrets.token_hex(24)


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A connection's name and its connector's settings. ``connection_form`` adds the fields of one system.

    Secrets are write-only: an empty field keeps what is stored, and only the box below it takes an optional one away.
    """

    spec: ConnectorSpec

    class Meta:
        model = Connection
        fields: Sequence[str] = ("name", "repairs_webhooks")
        widgets = {
            "name": forms.TextInput(classes(INPUT_CLASSES)),
            "repairs_webhooks": forms.CheckboxInput(classes(SWITCH_CLASSES)),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        stored: Mapping[str, Any] = instance.settings if instance is not None else {}
        initial = {
            PREFIX + setting.key: stored.get(setting.key, setting.default)
            for setting in self.spec.settings
            if not setting.is_secret
        }
        kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        settings, kept = dict(self.instance.settings), dict(self.instance.secrets)
        for setting in self.spec.settings:
            value = data.get(PREFIX + setting.key)
            if not setting.is_secret:
                settings[setting.key] = "" if value is None and setting.type is not FieldType.INTEGER else value
            elif value:
                kept[setting.key] = value
            elif data.get(CLEAR_PREFIX + setting.key):
                kept.pop(setting.key, None)
            elif is_generated(setting) and not kept.get(setting.key):
                kept[setting.key] = new_secret(setting.key)
        if settings != self.instance.settings or kept != self.instance.secrets:
            # What was verified was something else.
            self.instance.verified_at = None
            self.instance.verify_report = {}
        self.instance.settings, self.instance.secrets = settings, kept
        self.instance.kind = self.spec.kind
        return data


def connection_form(
    spec: ConnectorSpec,
    stored_secrets: Mapping[str, Any],
    model: type[Connection] = Connection,
    *,
    has_webhooks_of_ours: bool = True,
) -> type[ConnectionForm]:
    """The form class of one system. ``stored_secrets`` is only asked which keys are filled; a field that is not shown
    is left out, because a switch that does not come back with the form would count as switched off."""
    own = ConnectionForm.Meta.fields if has_webhooks_of_ours else ("name",)
    meta = type("Meta", (ConnectionForm.Meta,), {"model": model, "fields": own})
    fields: dict[str, Any] = {"spec": spec, "Meta": meta}
    for setting in spec.settings:
        is_stored = bool(setting.is_secret and stored_secrets.get(setting.key))
        fields[PREFIX + setting.key] = _form_field(setting, is_stored=is_stored)
        if is_stored and not setting.required and not is_generated(setting):
            fields[CLEAR_PREFIX + setting.key] = forms.BooleanField(
                required=False,
                label=gettext("Remove: %(label)s") % {"label": gettext(setting.label)},
                widget=forms.CheckboxInput(classes(CHECKBOX_CLASSES)),
            )
    return type("FilledConnectionForm", (ConnectionForm,), fields)


def connection_form_fields(spec: ConnectorSpec, stored_secrets: Mapping[str, Any]) -> list[str]:
    """The names of the form's fields after our own, in the connector's order."""
    own = set(ConnectionForm.Meta.fields)
    return [name for name in connection_form(spec, stored_secrets).base_fields if name not in own]


class MomentField(forms.SplitDateTimeField):
    """A day and a time; a day alone is its first moment. Each of both boxes says what it is for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for box, what in zip(self.widget.widgets, (_("date"), _("time")), strict=True):
            box.attrs["aria-label"] = f"{self.label}, {what}"

    def clean(self, value: Any) -> Any:
        parts = list(value) if isinstance(value, list | tuple) else []
        return super().clean([parts[0], "00:00:00"] if parts and parts[0] and not parts[1] else value)


MOMENTS = {models.DateTimeField: {"form_class": MomentField, "widget": UnfoldAdminSplitDateTimeWidget}}
"""For ``formfield_overrides``."""


def check_span(form: forms.ModelForm, data: Mapping[str, Any]) -> None:  # type: ignore[type-arg]  # as above
    since, until = data.get("since"), data.get("until")
    if since and until and until <= since:
        form.add_error("until", _("The end must be after the beginning."))
    if since and since > timezone.now():
        form.add_error("since", _("This is in the future: new orders come by themselves."))


class BackfillForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """What to bring over: a range of days, of order numbers, or a list of ids."""

    ids = LinesField(
        required=False,
        label=_("Only these ids"),
        help_text=_("The store's own ids, one per line; paste as many as you like. The route's filters do not count."),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        numbers = data.get("number_from") or "", data.get("number_to") or ""
        if data.get("ids") and (data.get("since") or data.get("until") or any(numbers)):
            self.add_error("ids", _("Give either ids or a range, not both."))
        if not data.get("ids") and not any(numbers) and data.get("since") is None:
            self.add_error("since", _("From when on? Or give numbers or ids below."))
        if any(numbers):
            self._check_numbers(*numbers, flow=data.get("flow"))
        check_span(self, data)
        route = data.get("route")
        if route is not None and not route.collects:
            self.add_error("route", _("This route is off: nothing would be sent. A dry run will do."))
        return data

    def _check_numbers(self, first: str, last: str, *, flow: Any) -> None:
        if flow != "orders":
            self.add_error("number_from", _("Only orders have numbers."))
        if not all(any(character.isdigit() for character in each) for each in (first, last) if each):
            self.add_error("number_from", _("An order number has digits."))
        elif first and last and (prefix_of(first) != prefix_of(last) or not is_between(first, first, last)):
            self.add_error("number_to", _("This is before the first number, or begins differently."))


class ComparisonForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """Which route, and orders of which time."""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        check_span(self, data)
        route = data.get("route")
        if route is not None and not route.collects:
            self.add_error("route", _("This route is off: nothing is meant to be in the CRM."))
        return data
