"""Rules as sheets. A row is found again by what staff know: the route's name, the kind and the codes."""

from typing import Any

from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import CharWidget, DecimalWidget, ForeignKeyWidget, IntegerWidget, Widget

from integration_hub.connections.models import Route

from .formats import bare, inert
from .models import CodeRule, FieldRule, ManagerRule


class TextCell(CharWidget):
    """Text, kept from being run as a formula. A spreadsheet program may have made a number of a code: 7.0 is “7”."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return bare(str(super().clean(value, row, **kwargs))).strip()

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return inert(str(super().render(value, obj, **kwargs)))


class YesNoCell(Widget):
    YES = frozenset({"yes", "y", "1", "true", "да", "sí", "si", "da"})
    NO = frozenset({"no", "n", "0", "false", "нет", "nu", ""})

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:  # noqa: ARG002 - import-export's signature
        text = str(value if value is not None else "").strip().removesuffix(".0").casefold()
        if text not in self.YES | self.NO:
            raise ValueError(_("Write “yes” or “no” instead of “%(value)s”.") % {"value": value})
        return text in self.YES

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:  # noqa: ARG002
        return "yes" if value else "no"


class RouteCell(ForeignKeyWidget):
    """The route by its name; looked up once for all rows of a sheet."""

    def __init__(self) -> None:
        super().__init__(Route, "name")
        self._named: dict[str, Route | None] = {}

    def named(self, name: str) -> Route | None:
        if name not in self._named:
            self._named[name] = Route.objects.filter(name=name).first()
        return self._named[name]

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Route:  # noqa: ARG002
        name = TextCell().clean(value)
        if not name:
            raise ValueError(_("Which route? Give its name."))
        route = self.named(name)
        if route is None:
            raise ValueError(_("There is no route called “%(name)s”.") % {"name": name})
        return route

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:  # noqa: ARG002
        return inert(value.name) if value is not None else ""


def text_field(name: str, **options: Any) -> Field:
    return Field(column_name=name, attribute=name, widget=TextCell(), **options)


class RuleResource(ModelResource):
    """What both sheets share: nothing is written unless the whole row is right, and an equal row is skipped."""

    route = Field(column_name="route", attribute="route", widget=RouteCell())

    def cell(self, row: Any, name: str, default: str = "") -> str:
        return TextCell().clean(row.get(name)) or default

    def get_instance(self, instance_loader: Any, row: Any) -> Any:  # noqa: ARG002 - import-export's signature
        route = self.fields["route"].widget.named(self.cell(row, "route"))
        return self.existing(route, row) if route is not None else None

    def existing(self, route: Route, row: Any) -> Any:
        raise NotImplementedError


class CodeRuleResource(RuleResource):
    kind = text_field("kind")
    store_code = text_field("store_code")
    crm_code = text_field("crm_code")
    action = text_field("action", default=CodeRule.Action.TRANSLATE.value)
    direction = text_field("direction", default=CodeRule.Direction.BOTH.value)
    is_way_back = Field(column_name="is_way_back", attribute="is_way_back", widget=YesNoCell())

    class Meta:
        model = CodeRule
        fields = ("route", "kind", "store_code", "crm_code", "action", "direction", "is_way_back")
        import_id_fields = ("route", "kind", "store_code", "crm_code")
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("route")

    def existing(self, route: Route, row: Any) -> CodeRule | None:
        """The rule of the code that arrives: of the store code, or of the CRM code for a rule to the store only."""
        sought = CodeRule(
            store_code=self.cell(row, "store_code"),
            crm_code=self.cell(row, "crm_code"),
            action=self.cell(row, "action", CodeRule.Action.TRANSLATE),
            direction=self.cell(row, "direction", CodeRule.Direction.BOTH),
        )
        sought.settle()
        rules = CodeRule.objects.filter(route=route, kind=self.cell(row, "kind"))
        if sought.direction == CodeRule.Direction.TO_STORE:
            return rules.filter(direction=CodeRule.Direction.TO_STORE, crm_code=sought.crm_code).first()
        return rules.exclude(direction=CodeRule.Direction.TO_STORE).filter(store_code=sought.store_code).first()

    def skip_row(self, instance: CodeRule, original: CodeRule, row: Any, import_validation_errors: Any = None) -> bool:
        instance.settle()  # the same rule may be written with or without what follows from the rest
        return bool(super().skip_row(instance, original, row, import_validation_errors))


class FieldRuleResource(RuleResource):
    object = text_field("object", default=FieldRule.Object.ORDER.value)
    source = text_field("source")
    constant = text_field("constant")
    target = text_field("target")
    write_mode = text_field("write_mode", default=FieldRule.WriteMode.ALWAYS.value)
    ordering = Field(column_name="ordering", attribute="ordering", widget=IntegerWidget(), default=0)

    class Meta:
        model = FieldRule
        fields = ("route", "object", "source", "constant", "target", "write_mode", "ordering")
        import_id_fields = ("route", "source", "target")
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("route")

    def existing(self, route: Route, row: Any) -> FieldRule | None:
        """The rule of that target field; of several that append to it, the one with the same source."""
        rules = FieldRule.objects.filter(
            route=route,
            object=self.cell(row, "object", FieldRule.Object.ORDER),
            target=self.cell(row, "target"),
        )
        if self.cell(row, "write_mode", FieldRule.WriteMode.ALWAYS) != FieldRule.WriteMode.APPEND:
            return rules.exclude(write_mode=FieldRule.WriteMode.APPEND).first()
        return rules.filter(source=self.cell(row, "source"), constant=self.cell(row, "constant")).first()


class ListCell(Widget):
    """A list of texts in one cell, parted by semicolons or line ends."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:  # noqa: ARG002 - import-export's signature
        text = TextCell().clean(value).replace("\n", ";")
        return list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:  # noqa: ARG002
        return inert("; ".join(str(each) for each in value or []))


def list_field(name: str) -> Field:
    return Field(column_name=name, attribute=name, widget=ListCell(), default=list)


class ManagerRuleResource(RuleResource):
    name = text_field("name")
    ordering = Field(column_name="ordering", attribute="ordering", widget=IntegerWidget(), default=10)
    managers = list_field("managers")
    category_ids = list_field("category_ids")
    brands = list_field("brands")
    store_views = list_field("store_views")
    regions = list_field("regions")
    amount_from = Field(column_name="amount_from", attribute="amount_from", widget=DecimalWidget(), default=None)
    amount_to = Field(column_name="amount_to", attribute="amount_to", widget=DecimalWidget(), default=None)

    class Meta:
        model = ManagerRule
        fields = (
            "route", "name", "ordering", "managers", "category_ids", "brands", "store_views", "regions",
            "amount_from", "amount_to",
        )  # fmt: skip
        import_id_fields = ("route", "name", "ordering")
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("route")

    def existing(self, route: Route, row: Any) -> ManagerRule | None:
        """The rule of that name; one without a name by its place."""
        rules = ManagerRule.objects.filter(route=route)
        name = self.cell(row, "name")
        return rules.filter(name=name).first() if name else rules.filter(name="", ordering=_whole(row)).first()


def _whole(row: Any) -> int:
    try:
        return int(float(TextCell().clean(row.get("ordering")) or 10))
    except ValueError:
        return 10
