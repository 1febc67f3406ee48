"""The rows of the mapping grid as form fields."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from ..models import CODE_LENGTH
from .choices import CODE_PREFIX, IGNORE, NOTHING, OTHER, CodeChoiceField, CodeSelect, Options
from .grid_rows import Row
from .grid_save import AUTOMATIC, NEVER, THIS_ONE, CodeChange

ROWS_PER_PAGE = 60
"""Ten fields a row in both tables together: below Django's limit of 1000 fields in one request."""


class RowForm(forms.Form):
    """One code. The first value of each choice travels with the page, so that only what *this* person changed is
    saved, also when a colleague saved something else meanwhile."""

    code = forms.CharField(max_length=CODE_LENGTH, required=False, widget=forms.HiddenInput)
    target = CodeChoiceField(required=False, show_hidden_initial=True, widget=CodeSelect)
    other = forms.CharField(max_length=CODE_LENGTH, required=False, widget=UnfoldAdminTextInputWidget)

    def __init__(
        self, *args: Any, options: Options, rows: dict[str, Row], can_edit: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.row = rows.get(str(self["code"].value() or ""))
        named = {"name": self.row.name or self.row.code if self.row else ""}
        self.fields["target"].widget.options = options
        self.fields["target"].widget.attrs.update({"aria-label": str(_("Becomes, for %(name)s") % named)})
        self.fields["other"].widget.attrs.update(
            {"aria-label": str(_("Another code, for %(name)s") % named), "placeholder": str(_("Code")), "size": 12}
        )
        if self.row is None:  # the row for a code that neither the book nor the traffic brought
            self.fields["code"].widget = UnfoldAdminTextInputWidget(
                attrs={"aria-label": str(_("A code that is not listed")), "placeholder": str(_("Code")), "size": 12}
            )
        if not can_edit:
            for field in self.fields.values():
                field.disabled = True

    def clean_code(self) -> str:
        return str(self.cleaned_data["code"]).strip()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.is_touched and not values.get("code"):
            self.add_error("code", _("Which code is it?"))
        if self.row is None and values.get("code") and not values.get("target"):
            self.add_error("target", _("Choose what it becomes."))
        if values.get("target") == OTHER and not str(values.get("other") or "").strip():
            self.add_error("other", _("Type the code, or choose one from the list."))
        return values

    @property
    def is_touched(self) -> bool:
        """Whether this person chose something here."""
        return not {"target", "way_back"}.isdisjoint(self.changed_data)

    def change(self) -> CodeChange:
        """What staff want; only for a valid form."""
        chosen = self.cleaned_data["target"]
        target = str(self.cleaned_data["other"]).strip() if chosen == OTHER else chosen.removeprefix(CODE_PREFIX)
        return CodeChange(
            self.cleaned_data["code"],
            target="" if chosen in {NOTHING, IGNORE} else target,
            is_ignored=chosen == IGNORE,
            way_back=self.cleaned_data.get("way_back"),
        )


class StatusRowForm(RowForm):
    way_back = forms.ChoiceField(
        required=False,
        show_hidden_initial=True,
        choices=[
            (AUTOMATIC, _("if the only one")),
            (THIS_ONE, _("yes, this one")),
            (NEVER, _("never")),
        ],
        widget=CodeSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = (self.row.name or self.row.code) if self.row else ""
        label = _("Used on the way back, for %(name)s") % {"name": name}
        self.fields["way_back"].widget.attrs.update({"aria-label": str(label)})


def target_of(row: Row, code: str) -> str:
    """The value of the drop-down for the rule that a row has now."""
    if row.rule is None:
        return NOTHING
    return IGNORE if row.rule.action == row.rule.Action.IGNORE else CODE_PREFIX + code


def outward_initial(row: Row) -> dict[str, str]:
    rule = row.rule
    way_back = AUTOMATIC
    if rule is not None and rule.action != rule.Action.IGNORE:
        way_back = NEVER if rule.direction == rule.Direction.TO_CRM else THIS_ONE if rule.is_way_back else AUTOMATIC
    return {"code": row.code, "target": target_of(row, rule.crm_code if rule else ""), "way_back": way_back}


def backward_initial(row: Row) -> dict[str, str]:
    return {"code": row.code, "target": target_of(row, row.rule.store_code if row.rule else "")}


def row_formset(form: type[RowForm], extra: int) -> Any:
    return forms.formset_factory(
        form, extra=extra, max_num=ROWS_PER_PAGE + extra, absolute_max=2 * ROWS_PER_PAGE, validate_max=True
    )
