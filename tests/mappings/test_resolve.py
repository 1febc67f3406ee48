"""The pure translation: no database."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mappings.catalogue
import mappings.resolve
from connectors.contract.canonical import Delivery, Payment, PaymentStatus
from connectors.contract.errors import Unmapped
from mappings.resolve import (
    CodeMapEntry,
    CodeUse,
    OrderTranslation,
    missing_codes,
    order_codes,
    rule_set,
    to_crm,
    translate_order,
)

from .factories import an_order

COMPLETE = [
    CodeMapEntry("status", "processing", "assembling"),
    CodeMapEntry("delivery", "flat_rate", "courier"),
    CodeMapEntry("payment", "cod", "cash"),
]


def ignored(kind: str, store_code: str) -> CodeMapEntry:
    return CodeMapEntry(kind, store_code, is_ignored=True, direction="to_crm")


# --- towards the CRM ------------------------------------------------------------------------------------------------


def test_an_order_gets_the_codes_of_the_crm() -> None:
    rules = rule_set(COMPLETE)

    translation = translate_order(rules, an_order(), with_status=True, with_payments=True)

    assert translation == OrderTranslation(
        status="assembling", delivery_codes=("courier",), payment_codes=("cash",), payment_statuses=(None,)
    )


def test_a_status_that_the_crm_owns_is_not_looked_up() -> None:
    rules = rule_set(COMPLETE[1:])

    translation = translate_order(rules, an_order(), with_status=False, with_payments=True)

    assert translation.status is None


def test_payments_of_a_route_without_payments_are_not_looked_up() -> None:
    rules = rule_set(COMPLETE[:2])

    translation = translate_order(rules, an_order(), with_status=True, with_payments=False)

    assert translation.payment_codes is None
    assert translation.payment_statuses == ()


@pytest.mark.parametrize("left_out", COMPLETE, ids=lambda entry: entry.kind)
def test_an_unmapped_code_names_its_kind_and_the_name_in_the_shop(left_out: CodeMapEntry) -> None:
    rules = rule_set(entry for entry in COMPLETE if entry is not left_out)

    with pytest.raises(Unmapped) as raised:
        translate_order(rules, an_order(), with_status=True, with_payments=True)

    expected = {
        "status": ("processing", ""),
        "delivery": ("flat_rate:3", "By courier"),
        "payment": ("cod", "Cash on delivery"),
    }
    assert raised.value.kind == left_out.kind
    assert (raised.value.value, raised.value.label) == expected[left_out.kind]


def test_a_rule_of_the_whole_delivery_code_wins_over_the_rule_of_its_beginning() -> None:
    rules = rule_set(
        [CodeMapEntry("delivery", "flat_rate", "courier"), CodeMapEntry("delivery", "flat_rate:3", "post")]
    )

    assert to_crm(rules, "delivery", "flat_rate:3") == "post"
    assert to_crm(rules, "delivery", "flat_rate:4") == "courier"
    assert to_crm(rules, "delivery", "flat_rate:4:express") == "courier"


def test_only_delivery_codes_fall_back_to_their_beginning() -> None:
    rules = rule_set([CodeMapEntry("payment", "stripe", "card")])

    with pytest.raises(Unmapped):
        to_crm(rules, "payment", "stripe:link")


def test_a_code_that_is_ignored_on_purpose_becomes_none() -> None:
    rules = rule_set([COMPLETE[0], ignored("delivery", "flat_rate:3"), ignored("payment", "cod")])

    translation = translate_order(rules, an_order(), with_status=True, with_payments=True)

    assert translation.delivery_codes == (None,)
    assert translation.payment_codes == (None,)


def test_an_empty_code_is_not_looked_up() -> None:
    order = an_order(deliveries=(Delivery(),), payments=(Payment(id="p1"),))

    translation = translate_order(rule_set(COMPLETE[:1]), order, with_status=True, with_payments=True)

    assert translation.delivery_codes == (None,)
    assert translation.payment_codes == (None,)


def test_an_optional_kind_without_any_rule_is_left_alone() -> None:
    order = an_order(order_method="web")

    translation = translate_order(rule_set(COMPLETE), order, with_status=True, with_payments=True)

    assert translation.order_method is None
    assert translation.payment_statuses == (None,)


@pytest.mark.parametrize(("kind", "code"), [("order_method", "web"), ("payment_status", "pending")])
def test_an_optional_kind_is_asked_for_as_soon_as_it_has_one_rule(kind: str, code: str) -> None:
    rules = rule_set([*COMPLETE, CodeMapEntry(kind, "something-else", "x")])

    with pytest.raises(Unmapped) as raised:
        translate_order(rules, an_order(order_method="web"), with_status=True, with_payments=True)

    assert (raised.value.kind, raised.value.value) == (kind, code)


def test_the_status_of_a_payment_that_is_left_out_is_not_looked_up() -> None:
    rules = rule_set([*COMPLETE[:2], ignored("payment", "cod"), CodeMapEntry("payment_status", "paid", "paid")])

    translation = translate_order(rules, an_order(), with_status=True, with_payments=True)

    assert translation.payment_statuses == (None,)


def test_payment_codes_and_statuses_run_parallel_to_the_payments() -> None:
    payments = (
        Payment(id="p1", code="points", status=PaymentStatus.PAID),
        Payment(id="p2", code="cod", status=PaymentStatus.PENDING),
    )
    rules = rule_set([*COMPLETE, ignored("payment", "points"), CodeMapEntry("payment_status", "pending", "not-paid")])

    translation = translate_order(rules, an_order(payments=payments), with_status=True, with_payments=True)

    assert translation.payment_codes == (None, "cash")
    assert translation.payment_statuses == (None, "not-paid")


# --- all that is missing --------------------------------------------------------------------------------------------


def test_all_missing_codes_of_an_order_are_listed_in_the_order_of_the_look_up() -> None:
    missing = missing_codes(rule_set([]), an_order(), with_status=True, with_payments=True)

    assert missing == (
        CodeUse("status", "processing"),
        CodeUse("delivery", "flat_rate:3", "By courier"),
        CodeUse("payment", "cod", "Cash on delivery"),
    )


def test_nothing_is_missing_when_the_order_can_be_translated() -> None:
    assert missing_codes(rule_set(COMPLETE), an_order(), with_status=True, with_payments=True) == ()


def test_a_code_that_several_parts_use_is_listed_once() -> None:
    order = an_order(deliveries=(Delivery(code="dhl"), Delivery(code="dhl")))

    assert [use.code for use in order_codes(order) if use.kind == "delivery"] == ["dhl"]


_codes = st.sampled_from(["a", "a:1", "b", ""])
_entries = st.lists(
    st.builds(
        CodeMapEntry,
        kind=st.sampled_from(["status", "delivery", "payment", "payment_status", "order_method"]),
        store_code=st.sampled_from(["a", "a:1", "b", "pending", "paid"]),
        crm_code=st.sampled_from(["x", "y"]),
        is_ignored=st.booleans(),
        direction=st.just("to_crm"),
    )
)


@given(
    entries=_entries,
    status=st.sampled_from(["a", "b"]),
    deliveries=st.lists(_codes, max_size=3),
    payments=st.lists(st.tuples(_codes, st.sampled_from(["pending", "paid"])), max_size=3),
    method=_codes,
    with_status=st.booleans(),
    with_payments=st.booleans(),
)
def test_the_first_missing_code_is_the_one_that_parks_the_order(
    entries: list[CodeMapEntry],
    status: str,
    deliveries: list[str],
    payments: list[tuple[str, str]],
    method: str,
    with_status: bool,
    with_payments: bool,
) -> None:
    rules = rule_set(entries)
    order = an_order(
        status=status,
        deliveries=tuple(Delivery(code=code) for code in deliveries),
        payments=tuple(
            Payment(id=str(number), code=code, status=PaymentStatus(state))
            for number, (code, state) in enumerate(payments)
        ),
        order_method=method,
    )

    missing = missing_codes(rules, order, with_status=with_status, with_payments=with_payments)

    if not missing:
        translate_order(rules, order, with_status=with_status, with_payments=with_payments)
        return
    with pytest.raises(Unmapped) as raised:
        translate_order(rules, order, with_status=with_status, with_payments=with_payments)
    assert CodeUse(raised.value.kind, raised.value.value) in missing


def test_the_status_of_an_ignored_payment_is_not_missing_beside_one_that_is_kept() -> None:
    payments = (
        Payment(id="p1", code="points", status=PaymentStatus.PAID),
        Payment(id="p2", code="cod", status=PaymentStatus.PENDING),
    )
    rules = rule_set([*COMPLETE, ignored("payment", "points"), CodeMapEntry("payment_status", "pending", "not-paid")])

    assert missing_codes(rules, an_order(payments=payments), with_status=True, with_payments=True) == ()


# --- the module -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [mappings.resolve, mappings.catalogue], ids=lambda module: module.__name__)
def test_the_pure_part_imports_no_django(module: object) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text())  # type: ignore[attr-defined]

    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    imported += [str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]

    assert imported
    assert not [name for name in imported if name.startswith(("django", "integration_hub", "unfold"))]
