"""The catalog file at its secret address: over real HTTP to the CRM's stand-in, and what strangers get."""

import gzip
import json
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from time import sleep
from typing import Any, BinaryIO

import pytest
from django.test import Client
from django.utils import timezone

from connectors.contract.canonical import Category, Money, ObjectKind, Product, Variant
from connectors.retailcrm.sandbox import make as make_crm
from connectors.woocommerce.sandbox import KEY as SHOP_KEY
from connectors.woocommerce.sandbox import SECRET as SHOP_SECRET
from connectors.woocommerce.sandbox import make as make_shop
from integration_hub.catalog import files
from integration_hub.catalog.files import file_of, folder
from integration_hub.catalog.models import CatalogFeed, CatalogReading
from integration_hub.connections.models import Connection, Route
from integration_hub.flows import catalog, feeds
from integration_hub.records import store
from integration_hub.records.models import Record
from tests.web import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.HUB_DATA_DIR = tmp_path


def keep(shop: Connection, product: Product, *, is_gone: bool = False) -> None:
    content = product.model_dump(mode="json", exclude_defaults=True)
    now = timezone.now()
    row = store.row_for(
        shop.pk, ObjectKind.PRODUCT.value, product.id, product, content=content, prints={}, version=None, now=now
    )
    row.is_gone = is_gone
    store.save([row])


def cup(number: int, **changes: Any) -> Product:
    category = Category(id="5", name="Cups & co")
    fields: dict[str, Any] = {
        "id": f"{number}",
        "name": f"Cup {number}",
        "price": Money(amount=Decimal(number), currency="EUR"),
        "category_ids": ("5",),
        "categories": (category,),
    }
    return Product(**(fields | changes))


@pytest.fixture
def route(db: None) -> Route:
    route: Route = make.route(sync_catalog=True, mode="live")
    return route


@pytest.fixture
def feed(route: Route) -> CatalogFeed:
    """A feed of three offers that is built."""
    keep(route.store, cup(1))
    keep(route.store, cup(2, variants=(Variant(id="v1"), Variant(id="v2"))))
    keep(route.store, cup(3), is_gone=True)
    return built(route)


def built(route: Route) -> CatalogFeed:
    feeds.send_due()
    feed = CatalogFeed.objects.get(route=route)
    feeds.build_feed(feed.pk)
    feed.refresh_from_db()
    return feed


def path_of(feed: CatalogFeed) -> str:
    return f"/feeds/{feed.token}"


def get(client: Client, feed: CatalogFeed, **headers: str) -> tuple[Any, bytes]:
    """The answer, and its body read to the end as a server does."""
    answer: Any = client.get(path_of(feed), headers=headers)
    return answer, b"".join(answer.streaming_content) if answer.streaming else answer.content


# --- the file ---------------------------------------------------------------------------------------------------------


def test_build_is_reported_and_leaves_nothing_else_behind(feed: CatalogFeed) -> None:
    assert (feed.offers, feed.error, feed.notes, feed.lease_until) == (3, "", [], None)
    assert feed.built_at is not None
    assert feed.due_at > timezone.now()
    assert sorted(each.name for each in folder().iterdir()) == [f"{feed.pk}.feed", f"{feed.pk}.feed.gz"]
    assert feed.size == (folder() / f"{feed.pk}.feed").stat().st_size


def test_failed_build_keeps_the_old_file_and_says_why(feed: CatalogFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder() / f"{feed.pk}.feed").read_bytes()
    Record.objects.filter(object_id="2").update(content={"id": "2"})

    again = built(feed.route)

    assert "ValidationError" in again.error
    assert again.offers == 3
    assert (folder() / f"{feed.pk}.feed").read_bytes() == before
    assert len(list(folder().iterdir())) == 2


def test_packed_copy_holds_what_was_written_after_it_was_begun(feed: CatalogFeed) -> None:
    def slowly(stream: BinaryIO) -> int:
        for piece in range(4):
            stream.write(bytes([65 + piece]) * files.BUFFER)
            sleep(files.LOOK_AGAIN_SECONDS * 2)
        return stream.write(b"end")

    written, size = files.replace_file(feed, slowly)

    plain = (folder() / f"{feed.pk}.feed").read_bytes()
    assert (written, size) == (3, 4 * files.BUFFER + 3)
    assert plain == b"".join(bytes([65 + piece]) * files.BUFFER for piece in range(4)) + b"end"
    assert gzip.decompress((folder() / f"{feed.pk}.feed.gz").read_bytes()) == plain


def test_no_room_for_the_packed_copy_keeps_both_old_files(feed: CatalogFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_arguments: Any, **_options: Any) -> None:
        raise OSError(28, "No space left on device")

    before = {each.name: each.read_bytes() for each in folder().iterdir()}
    monkeypatch.setattr("integration_hub.catalog.files.gzip.open", no_room)

    with pytest.raises(OSError, match="No space left"):
        files.replace_file(feed, lambda stream: stream.write(b"new"))

    assert {each.name: each.read_bytes() for each in folder().iterdir()} == before


def test_crm_that_loads_no_file_is_told_on_the_feed(route: Route) -> None:
    Connection.objects.filter(pk=route.crm_id).update(kind="custom_cms", settings={})

    feed = built(Route.objects.get(pk=route.pk))

    assert feed.error == f"“{route.crm}” loads no catalog file."
    assert file_of(feed) is None


# --- its address ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_crm_loads_the_file_over_http_and_then_finds_it_unchanged(
    live_server: Any, settings: Any, crm: Any, feed: CatalogFeed
) -> None:
    settings.HUB_BASE_URL = live_server.url
    address = feeds.feed_address(feed)

    first, second = load(crm, address), load(crm, address)
    keep(feed.route.store, cup(9, price=Money(amount=Decimal("9.50"), currency="EUR")))
    built(feed.route)
    third = load(crm, address)

    assert (first["status"], first["offers"], first["categories"], first["faults"]) == (200, 3, 1, [])
    assert (second["status"], second["offers"]) == (304, 0)
    assert (third["status"], third["offers"]) == (200, 4)
    assert {row["externalId"]: row["prices"] for row in desk(crm, "offers")} == {
        "1": {"base": 1.0},
        "v1": {"base": 2.0},
        "v2": {"base": 2.0},
        "9": {"base": 9.5},
    }
    feed.refresh_from_db()
    assert feed.fetched_at is not None


@pytest.fixture
def crm() -> Iterator[Any]:
    with make_crm(currency="EUR") as box:
        yield box


def desk(crm: Any, name: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"{crm.url}/__sandbox__/{name}", data=data, timeout=20) as answer:  # noqa: S310 - loopback
        return json.loads(answer.read())


def load(crm: Any, address: str) -> Any:
    return desk(crm, "load_catalog", {"address": address, "site": "main"})


def test_file_is_sent_plain_with_what_a_cache_needs(client: Client, feed: CatalogFeed) -> None:
    answer, body = get(client, feed)

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    assert body == (folder() / f"{feed.pk}.feed").read_bytes()
    assert int(answer["Content-Length"]) == feed.size
    assert "Accept-Encoding" in answer["Vary"]
    assert answer["ETag"]
    assert answer["Last-Modified"]


def test_file_is_sent_packed_to_who_takes_it(client: Client, feed: CatalogFeed) -> None:
    answer, body = get(client, feed, **{"Accept-Encoding": "deflate, gzip"})
    plain, _ = get(client, feed)

    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(body) == (folder() / f"{feed.pk}.feed").read_bytes()
    assert answer["ETag"] != plain["ETag"]


def test_caller_that_has_the_file_gets_no_body(client: Client, feed: CatalogFeed) -> None:
    known, _ = get(client, feed)

    by_tag, body = get(client, feed, **{"If-None-Match": known["ETag"]})
    by_time, _ = get(client, feed, **{"If-Modified-Since": known["Last-Modified"]})

    assert (by_tag.status_code, body, by_tag["ETag"]) == (304, b"", known["ETag"])
    assert by_time.status_code == 304


def test_head_tells_the_size_and_sends_nothing(client: Client, feed: CatalogFeed) -> None:
    answer = client.head(path_of(feed))

    assert (answer.status_code, int(answer["Content-Length"])) == (200, feed.size)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_reading_is_answered(method: str, client: Client, feed: CatalogFeed) -> None:
    assert getattr(client, method)(path_of(feed)).status_code == 405


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 65, "..", "%00", "ä" * 30])
def test_any_other_address_is_nothing(token: str, client: Client, feed: CatalogFeed) -> None:
    answer = client.get(f"/feeds/{token}")

    assert answer.status_code == 404
    assert feed.token not in answer.content.decode()


@pytest.mark.parametrize("changes", [{"mode": "off"}, {"sync_catalog": False}])
def test_route_that_does_not_carry_the_catalog_any_more_offers_nothing(
    changes: dict[str, Any], client: Client, feed: CatalogFeed
) -> None:
    Route.objects.filter(pk=feed.route_id).update(**changes)

    assert client.get(path_of(feed)).status_code == 404


def test_new_address_takes_the_old_one_out_of_use(client: Client, feed: CatalogFeed) -> None:
    old = path_of(feed)

    feeds.renew_address(feed)

    assert client.get(old).status_code == 404
    assert get(client, feed)[0].status_code == 200


def test_first_file_is_asked_for_again(client: Client, route: Route) -> None:
    feeds.send_due()

    answer = client.get(path_of(CatalogFeed.objects.get()))

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")


def test_address_stands_in_no_log(client: Client, feed: CatalogFeed, caplog: pytest.LogCaptureFixture) -> None:
    get(client, feed)
    client.post(path_of(feed))
    Route.objects.filter(pk=feed.route_id).update(mode="off")
    client.get(path_of(feed))

    assert feed.token not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_offers_of_the_file_are_those_that_orders_name(live_server: Any, settings: Any, crm: Any, route: Route) -> None:
    """Read from a shop, loaded by the CRM: an order line of that shop finds its offer."""
    with make_shop() as shop:
        settings.HUB_BASE_URL, settings.HUB_ALLOWED_PRIVATE_NETWORKS = live_server.url, ["127.0.0.0/8"]
        Connection.objects.filter(pk=route.store_id).update(
            settings={"site": shop.url}, secrets={"consumer_key": SHOP_KEY, "consumer_secret": SHOP_SECRET}
        )
        catalog.send_due()
        catalog.read_catalog(CatalogReading.objects.get(connection=route.store_id).pk)
        feed = built(Route.objects.get(pk=route.pk))
        loaded = load(crm, feeds.feed_address(feed))

    assert (loaded["faults"], loaded["offers"], feed.notes) == ([], 17, [])
    known = {row["externalId"] for row in desk(crm, "offers")}
    assert {"20", "31", "39"} <= known
    assert "30" not in known, "a product that is bought as one of its variants is no offer itself"
