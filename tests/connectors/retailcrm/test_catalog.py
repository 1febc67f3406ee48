"""Prices and stock by call: what is sent, in how many calls, and what unknown offers mean."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from connectors.contract.canonical import Money, Product, Variant
from connectors.contract.capabilities import CatalogSink
from connectors.contract.errors import ConnectorError, Rejected, Retryable
from connectors.contract.results import ProductDraft, Refused, Written
from connectors.retailcrm.sandbox import make, settings_for
from connectors.toolkit.sandbox import Sandbox
from tests.contract.kinds import Hub

SET_UP = {"price_type": "base", "warehouse": "main-warehouse", "currency": "EUR", "timezone": "UTC"}


@pytest.fixture
def crm() -> Iterator[Sandbox]:
    with make(currency="EUR") as box:
        yield box


def desk(crm: Sandbox, name: str, body: Any = None) -> Any:
    address = f"{crm.url}/__sandbox__/{name}"
    answer = requests.get(address, timeout=10) if body is None else requests.post(address, json=body, timeout=10)
    return answer.json()


def sink(crm: Sandbox, **changes: Any) -> CatalogSink:
    found = Hub().open("retailcrm", {**settings_for(crm.url), **SET_UP, **changes}).catalog_sink
    assert found is not None
    return found


def draft(number: int = 1, **changes: Any) -> ProductDraft:
    price = Money(amount=Decimal("19.90"), currency="EUR")
    fields: dict[str, Any] = {"id": f"{number}", "name": f"Cup {number}", "price": price, "stock": Decimal(7)}
    return ProductDraft(Product(**(fields | changes)), external_id=f"{number}")


def load(crm: Sandbox, *external_ids: str, **more: Any) -> None:
    desk(
        crm,
        "offers",
        [{"id": number, "externalId": id, "name": "Cup", **more} for number, id in enumerate(external_ids, 1)],
    )


def offers(crm: Sandbox) -> dict[str, tuple[Any, Any]]:
    return {row["externalId"]: (row.get("prices"), row.get("stores")) for row in desk(crm, "offers")}


def calls(crm: Sandbox) -> dict[str, int]:
    return {path.rpartition("store/")[2]: count for path, count in crm.state()["calls"].items() if "/store/" in path}


def test_price_and_stock_of_every_variant_are_set(crm: Sandbox) -> None:
    load(crm, "v1", "v2")
    dear = Money(amount=Decimal(25), currency="EUR")
    variants = (
        Variant(id="v1", price=dear, stock=Decimal("3.7"), purchase_price=Money(amount=Decimal(10), currency="EUR")),
        Variant(id="v2", stock=Decimal(-1)),
    )

    outcomes = sink(crm).put_products([draft(variants=variants)])

    assert outcomes == [Written("1")]
    assert offers(crm) == {
        "v1": ({"base": 25.0}, {"main-warehouse": {"quantity": 3.0, "purchasePrice": 10.0}}),
        "v2": ({"base": 19.9}, {"main-warehouse": {"quantity": 0.0, "purchasePrice": 0.0}}),
    }


def test_same_drafts_twice_change_nothing_more(crm: Sandbox) -> None:
    load(crm, "1")
    sink(crm).put_products([draft()])
    before = offers(crm)

    assert sink(crm).put_products([draft()]) == [Written("1")]
    assert offers(crm) == before


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"warehouse": ""}, {"prices/upload": 1}),
        ({"price_type": ""}, {"inventories/upload": 1}),
    ],
)
def test_only_what_is_set_up_is_sent(settings: dict[str, str], expected: dict[str, int], crm: Sandbox) -> None:
    load(crm, "1")

    sink(crm, **settings).put_products([draft()])

    assert calls(crm) == expected


def test_without_price_type_and_warehouse_staff_are_told_what_to_enter(crm: Sandbox) -> None:
    [outcome] = sink(crm, price_type="", warehouse="").put_products([draft()])

    assert isinstance(outcome, Refused)
    assert outcome.code == "not_set_up"
    assert calls(crm) == {}


def test_price_in_another_currency_and_unknown_stock_are_not_sent(crm: Sandbox) -> None:
    load(crm, "1")

    outcomes = sink(crm).put_products([draft(price=Money(amount=Decimal(5), currency="USD"), stock=None)])

    assert outcomes == [Written("1")]
    assert calls(crm) == {}


def test_two_hundred_and_fifty_offers_go_in_one_call(crm: Sandbox) -> None:
    names = [f"{number}" for number in range(1, 602)]
    load(crm, *names)

    outcomes = sink(crm).put_products([draft(number) for number in range(1, 602)])

    assert outcomes == [Written(name) for name in names]
    assert calls(crm) == {"prices/upload": 3, "inventories/upload": 3}


def test_offers_that_are_not_loaded_yet_are_named_and_hold_up_no_other(crm: Sandbox) -> None:
    load(crm, "1")

    known, new = sink(crm).put_products([draft(1), draft(2)])

    assert known == Written("1")
    assert isinstance(new, Written)
    assert new.note == (
        "RetailCRM has not loaded these offers yet: 2. They come with the next load of the catalog file."
    )
    assert offers(crm)["1"][0] == {"base": 19.9}


def test_offers_are_named_by_xml_id_where_the_catalog_does(crm: Sandbox) -> None:
    load(crm, "x", xmlId="CUP-1")

    outcomes = sink(crm, offer_id="sku_as_xml_id").put_products([draft(sku="CUP-1")])

    assert outcomes == [Written("1")]
    assert offers(crm)["x"][0] == {"base": 19.9}


def raised(work: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        work()
    return caught.value


def test_unknown_warehouse_is_refused_in_the_crms_words(crm: Sandbox) -> None:
    load(crm, "1")

    error = raised(lambda: sink(crm, warehouse="attic").put_products([draft()]))

    assert isinstance(error, Rejected)
    assert '"Store" with "code"="attic" does not exist.' in error.message


def test_fault_is_tried_again(crm: Sandbox) -> None:
    load(crm, "1")
    desk(crm, "faults", {"error_rate": 1, "error_status": 502})

    assert isinstance(raised(lambda: sink(crm).put_products([draft()])), Retryable)
