"""Rules as sheets: out and in again, previewed, with faults in staff's words."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from import_export.formats.base_formats import XLSX

from integration_hub.connections.models import Route
from mappings.formats import FORMULA_STARTS, Sheet, bare, inert
from mappings.models import CodeKind, CodeRule, FieldRule
from mappings.resources import CodeRuleResource, FieldRuleResource

from .factories import CodeRuleFactory, FieldRuleFactory, RouteFactory

pytestmark = pytest.mark.django_db

HEADER = "route,kind,store_code,crm_code,action,direction,is_way_back"


def rules() -> set[tuple[Any, ...]]:
    names = ("route__name", "kind", "store_code", "crm_code", "action", "direction", "is_way_back")
    return set(CodeRule.objects.values_list(*names))


def field_rules() -> set[tuple[Any, ...]]:
    names = ("route__name", "object", "source", "constant", "target", "write_mode", "ordering")
    return set(FieldRule.objects.values_list(*names))


def exported(resource: Any, form: Any) -> Any:
    return form().export_data(resource().export())


def imported(resource: Any, form: Any, data: Any, **options: Any) -> Any:
    return resource().import_data(form().create_dataset(data), **options)


# --- formulas -------------------------------------------------------------------------------------------------------


@given(st.text())
def test_a_cell_never_runs_as_a_formula_and_comes_back_as_it_was(text: str) -> None:
    assert not inert(text).startswith(FORMULA_STARTS)
    assert bare(inert(text)) == text


@pytest.mark.parametrize("form", [Sheet, XLSX])
@pytest.mark.parametrize("code", ["=1+1", "+7", "-express", "@home", "'=quoted"])
def test_codes_that_look_like_formulas_are_inert_in_the_sheet(form: Any, code: str) -> None:
    CodeRuleFactory.create(store_code=code)

    cells = form().create_dataset(exported(CodeRuleResource, form))["store_code"]

    assert cells == [f"'{code}"]


def test_route_of_a_sheet_is_looked_up_once_for_all_rows() -> None:
    RouteFactory.create(name="Shop → CRM")
    lines = [HEADER, *(f"Shop → CRM,status,s{number},c{number},translate,both,yes" for number in range(5))]

    with CaptureQueriesContext(connection) as asked:
        imported(CodeRuleResource, Sheet, "\n".join(lines))

    assert len(rules()) == 5
    assert sum('"connections_route"."name" =' in query["sql"] for query in asked.captured_queries) == 1


# --- there and back -------------------------------------------------------------------------------------------------

_codes = st.text(st.sampled_from("ab7=+-@',;\"\n\t:. я"), min_size=1, max_size=6)
_rules = st.lists(
    st.tuples(
        st.sampled_from(CodeKind.values),
        _codes,
        _codes,
        st.sampled_from(CodeRule.Action.values),
        st.sampled_from(CodeRule.Direction.values),
        st.booleans(),
    ),
    max_size=8,
)


def create_those_that_fit(route: Route, rows: list[tuple[str, str, str, str, str, bool]]) -> None:
    for kind, store_code, crm_code, action, direction, mark in rows:
        ignored = action == "ignore"
        rule = CodeRule(
            route=route,
            kind=kind,
            store_code="" if ignored and direction == "to_store" else store_code,
            crm_code="" if ignored and direction != "to_store" else crm_code,
            action=action,
            direction=direction,
            is_way_back=mark,
        )
        try:
            with transaction.atomic():
                rule.save()
        except IntegrityError:
            continue


@pytest.mark.any_database
@pytest.mark.parametrize("form", [Sheet, XLSX])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_rules, route_name=st.sampled_from(["Shop → CRM", "=Route", "A, B; C"]))
def test_what_is_exported_and_imported_is_the_same(
    form: Any, rows: list[tuple[str, str, str, str, str, bool]], route_name: str
) -> None:
    with transaction.atomic():
        create_those_that_fit(RouteFactory.create(name=route_name), rows)
        before = rules()
        sheet = exported(CodeRuleResource, form)

        again = imported(CodeRuleResource, form, sheet)
        CodeRule.objects.all().delete()
        fresh = imported(CodeRuleResource, form, sheet)

        assert again.totals["skip"] == len(before)
        assert fresh.totals["new"] == len(before)
        assert rules() == before
        transaction.set_rollback(True)


@pytest.mark.parametrize("form", [Sheet, XLSX])
def test_field_rules_come_back_as_they_were(form: Any) -> None:
    route = RouteFactory.create()
    FieldRuleFactory.create(route=route, source="constant", constant="=web", target="origin", ordering=3)
    FieldRuleFactory.create(route=route, source="custom:gift", target="note", write_mode="append")
    FieldRuleFactory.create(route=route, source="coupons", target="note", write_mode="append", ordering=1)
    FieldRuleFactory.create(route=route, object="customer", source="groups", target="note", write_mode="only_new")
    before = field_rules()
    sheet = exported(FieldRuleResource, form)

    again = imported(FieldRuleResource, form, sheet)
    FieldRule.objects.all().delete()
    imported(FieldRuleResource, form, sheet)

    assert again.totals["skip"] == 4
    assert field_rules() == before


# --- importing ------------------------------------------------------------------------------------------------------


def test_a_row_changes_the_rule_of_its_store_code() -> None:
    rule = CodeRuleFactory.create(store_code="flat_rate", crm_code="courier")

    result = imported(CodeRuleResource, Sheet, f"{HEADER}\n{rule.route.name},delivery,flat_rate,post,,,no\n")

    assert result.totals["update"] == 1
    assert {row[3] for row in rules()} == {"post"}


def test_a_sheet_with_semicolons_and_few_columns_is_read() -> None:
    route = RouteFactory.create(name="Shop")
    sheet = "\ufeffroute;kind;store_code;crm_code\r\nShop;payment;cod;cash\r\n".encode()

    imported(CodeRuleResource, lambda: Sheet("utf-8-sig"), sheet)

    assert rules() == {(route.name, "payment", "cod", "cash", "translate", "both", False)}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Nowhere,delivery,a,b,translate,both,no", "There is no route called “Nowhere”."),
        (",delivery,a,b,translate,both,no", "Which route? Give its name."),
        ("Shop,colour,a,b,translate,both,no", "Value 'colour' is not a valid choice."),
        ("Shop,delivery,a,,translate,both,no", "Choose the CRM code, or “ignore on purpose”."),
        ("Shop,delivery,a,b,ignore,both,no", "An ignored code is ignored in one direction"),
        ("Shop,delivery,a,b,translate,both,perhaps", "Write “yes” or “no” instead of “perhaps”."),
        ("Shop,delivery,a,b,translate,sideways,no", "Value 'sideways' is not a valid choice."),
        ("Shop,status,other,new,translate,both,yes", "Another rule is used on the way back from this CRM code."),
    ],
)
def test_a_faulty_row_is_explained_and_written_nowhere(row: str, fault: str) -> None:
    route = RouteFactory.create(name="Shop")
    CodeRuleFactory.create(route=route, kind="status", store_code="pending", crm_code="new", is_way_back=True)

    result = imported(CodeRuleResource, Sheet, f"{HEADER}\n{row}\n")

    assert not result.row_errors()
    assert [invalid.number for invalid in result.invalid_rows] == [1]
    assert fault in str(result.invalid_rows[0].error)
    assert CodeRule.objects.count() == 1


def upload(client: Client, text: str) -> Any:
    """The first step in the admin: the preview."""
    file = SimpleUploadedFile("rules.csv", text.encode(), content_type="text/csv")
    return client.post(reverse("admin:mappings_coderule_import"), {"import_file": file, "format": "0", "resource": ""})


def test_an_import_is_previewed_and_written_only_when_confirmed(integrator: Client) -> None:
    RouteFactory.create(name="Shop")

    preview = upload(integrator, f"{HEADER}\nShop,delivery,flat_rate,courier,translate,both,no\n")

    assert preview.status_code == 200
    assert "flat_rate" in preview.text
    assert not CodeRule.objects.exists()

    confirm = preview.context["confirm_form"]
    integrator.post(
        reverse("admin:mappings_coderule_process_import"),
        {name: confirm[name].value() or "" for name in confirm.fields},
    )

    assert rules() == {("Shop", "delivery", "flat_rate", "courier", "translate", "both", False)}
    assert CodeRule.history.get().history_user is not None


def test_a_preview_shows_the_fault_of_a_row_and_offers_no_confirmation(integrator: Client) -> None:
    RouteFactory.create(name="Shop")

    preview = upload(
        integrator,
        f"{HEADER}\nShop,delivery,flat_rate,courier,translate,both,no\nNowhere,delivery,a,b,translate,both,no\n",
    )

    assert "There is no route called “Nowhere”." in preview.text
    assert preview.context.get("confirm_form") is None
    assert not CodeRule.objects.exists()


def test_an_export_is_a_file_that_a_spreadsheet_program_reads(viewer: Client) -> None:
    CodeRuleFactory.create(route__name="Магазин", store_code="flat_rate", crm_code="courier")

    answer = viewer.post(reverse("admin:mappings_coderule_export"), {"format": "0", "resource": ""})

    assert answer.status_code == 200
    assert answer.content.decode("utf-8-sig").splitlines() == [
        HEADER,
        "Магазин,delivery,flat_rate,courier,translate,both,no",
    ]
    assert answer.content.startswith(b"\xef\xbb\xbf")  # without the mark, Excel reads Cyrillic as Latin
