"""The pure translation of fields: sources, write modes, and what is left alone."""

from decimal import Decimal

from connectors.contract.canonical import Customer
from mappings.resolve import CodeMapEntry, FieldMapEntry, apply_fields, rule_set, translate_order

from .factories import an_order

COMPLETE = [
    CodeMapEntry("status", "processing", "assembling"),
    CodeMapEntry("delivery", "flat_rate", "courier"),
    CodeMapEntry("payment", "cod", "cash"),
]


def test_fields_are_taken_from_the_catalogue_custom_fields_and_constants() -> None:
    rules = rule_set(
        [],
        [
            FieldMapEntry("order", "total", "amount"),
            FieldMapEntry("order", "created_at", "ordered"),
            FieldMapEntry("order", "custom:gift", "gift"),
            FieldMapEntry("order", "constant", "origin", constant="web shop"),
            FieldMapEntry("customer", "email", "mail"),
        ],
    )

    fields = apply_fields(rules, "order", an_order(custom_fields={"gift": True}), is_new=False)

    assert fields == {
        "amount": "120.50",
        "ordered": "2026-03-01T09:30:00+00:00",
        "gift": True,
        "origin": "web shop",
    }


def test_an_empty_source_writes_nothing_but_zero_and_no_are_values() -> None:
    rules = rule_set(
        [],
        [
            FieldMapEntry("order", "customer_comment", "comment"),
            FieldMapEntry("order", "tracking_number", "track"),
            FieldMapEntry("order", "custom:absent", "absent"),
            FieldMapEntry("order", "custom:zero", "zero"),
            FieldMapEntry("order", "custom:no", "no"),
            FieldMapEntry("order", "discount_total", "discount"),
        ],
    )

    fields = apply_fields(rules, "order", an_order(custom_fields={"zero": 0, "no": False}), is_new=True)

    assert fields == {"zero": 0, "no": False, "discount": "0"}


def test_a_field_for_new_objects_is_left_alone_later() -> None:
    rules = rule_set([], [FieldMapEntry("order", "currency", "currency", write_mode="only_new")])

    assert apply_fields(rules, "order", an_order(), is_new=True) == {"currency": "EUR"}
    assert apply_fields(rules, "order", an_order(), is_new=False) == {}


def test_appending_joins_what_several_rules_give_one_field() -> None:
    rules = rule_set(
        [],
        [
            FieldMapEntry("order", "customer_comment", "note", write_mode="append"),
            FieldMapEntry("order", "number", "note", write_mode="append"),
            FieldMapEntry("order", "manager_comment", "note", write_mode="append"),
            FieldMapEntry("order", "currency", "note", write_mode="append"),
        ],
    )

    fields = apply_fields(rules, "order", an_order(customer_comment="Ring twice"), is_new=False)

    assert fields == {"note": "Ring twice; 1001; EUR"}


def test_fields_travel_with_the_translated_order() -> None:
    rules = rule_set(
        COMPLETE,
        [
            FieldMapEntry("order", "total", "amount"),
            FieldMapEntry("order", "currency", "currency", write_mode="only_new"),
        ],
    )

    created = translate_order(rules, an_order(), with_status=True, with_payments=True, is_new=True)
    changed = translate_order(rules, an_order(), with_status=True, with_payments=True, is_new=False)

    assert created.fields == {"amount": "120.50", "currency": "EUR"}
    assert changed.fields == {"amount": "120.50"}


def test_a_customer_has_fields_of_its_own() -> None:
    rules = rule_set([], [FieldMapEntry("customer", "groups", "segment"), FieldMapEntry("order", "total", "amount")])
    customer = Customer(groups=("Wholesale", "VIP"), custom_fields={"size": Decimal(2)})

    assert apply_fields(rules, "customer", customer, is_new=False) == {"segment": "Wholesale, VIP"}
