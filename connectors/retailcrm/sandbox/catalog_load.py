"""Loads a catalog file as RetailCRM does: fetches the address of the site, reads ICML, takes the offers over.

Written from the vendor's page Developers/ICML. What is wrong with the file is told and the rest is taken.
"""

import gzip
import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from xml.etree import ElementTree

from connectors.retailcrm.sandbox.account import Account, Json

FETCH_SECONDS = 30
"""A slow page times out over there; the vendor advises a file made beforehand."""

MAX_FAULTS = 50
FIRST_OFFER = 60_001
_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_NUMBER = r"\d+(\.\d+)?"
_FORMS = {
    "price": re.compile(_NUMBER),
    "purchasePrice": re.compile(_NUMBER),
    "weight": re.compile(_NUMBER),
    "dimensions": re.compile(f"{_NUMBER}/{_NUMBER}/{_NUMBER}"),
    "vatRate": re.compile(f"none|{_NUMBER}"),
    "productActivity": re.compile("[YN]"),
    "activity": re.compile("[YN]"),
    "picture": re.compile(r"https?://.+"),
}


@dataclass(slots=True)
class Loaded:
    """What one load found."""

    status: int
    etag: str = ""
    bytes: int = 0
    categories: int = 0
    offers: list[Json] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(text)


def fetch(address: str, etag: str = "") -> tuple[Loaded, bytes]:
    """The file; 304 without a body when it is the one we had."""
    headers = {"Accept-Encoding": "gzip", "User-Agent": "RetailCRM"}
    if etag:
        headers["If-None-Match"] = etag
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - the stand-in's owner gives the address
    try:
        with urllib.request.urlopen(request, timeout=FETCH_SECONDS) as answer:  # noqa: S310 - as above
            body: bytes = answer.read()
            loaded = Loaded(answer.status, answer.headers.get("ETag", ""), len(body))
            if answer.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            return loaded, body
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Loaded(refusal.code, etag), b""


def read(loaded: Loaded, body: bytes) -> None:
    """Offers and faults of the file."""
    try:
        _read(loaded, body)
    except ElementTree.ParseError as problem:
        loaded.offers.clear()
        loaded.fault(f"not well formed: {problem}")


def _read(loaded: Loaded, body: bytes) -> None:
    categories: set[str] = set()
    parents: list[str] = []
    seen: Counter[str] = Counter()
    for _event, element in ElementTree.iterparse(BytesIO(body), events=("end",)):  # noqa: S314 - our own hub's file
        match element.tag:
            case "yml_catalog":
                if not _DATE.fullmatch(element.get("date", "")):
                    loaded.fault("yml_catalog has no date of the form Y-m-d H:i:s")
            case "category":
                categories.add(element.get("id", ""))
                parents += [parent for parent in [element.get("parentId")] if parent]
                if not (element.text or element.findtext("name")):
                    loaded.fault(f"category {element.get('id')} has no name")
            case "offer":
                offer = _offer(loaded, element, categories)
                seen[offer["externalId"]] += 1
                loaded.offers.append(offer)
                element.clear()
    loaded.categories = len(categories)
    for parent in parents:
        if parent not in categories:
            loaded.fault(f"category {parent} is named as a parent and is not there")
    for id, count in seen.items():
        if count > 1:
            loaded.fault(f"offer {id} is there {count} times")


def _offer(loaded: Loaded, element: "ElementTree.Element", categories: set[str]) -> Json:
    id = element.get("id", "")
    for fault in _faults(element, categories):
        loaded.fault(f"offer {id or '(without id)'}: {fault}")
    offer: Json = {
        "externalId": id,
        "productId": element.get("productId", ""),
        "name": element.findtext("name") or "",
        "productName": element.findtext("productName") or "",
        "active": element.findtext("productActivity") != "N" and element.findtext("activity") != "N",
        "categories": [each.text or "" for each in element.findall("categoryId")],
        "pictures": [each.text or "" for each in element.findall("picture")],
        "prices": {"base": float(element.findtext("price") or 0)},
        "properties": {each.get("code", ""): each.text or "" for each in element.findall("param")},
    }
    for name in ("url", "vendor", "xmlId", "vatRate", "weight", "dimensions", "barcode", "purchasePrice"):
        value = element.findtext(name)
        if value:
            offer[name] = value
    if element.get("quantity") is not None:
        offer["quantity"] = float(element.get("quantity") or 0)
    if "article" in offer["properties"]:
        offer["article"] = offer["properties"]["article"]
    return offer


def _faults(element: "ElementTree.Element", categories: set[str]) -> Iterator[str]:
    """What the page says has to be there, and how values are written."""
    for name in ("id", "productId"):
        if not element.get(name):
            yield f"no {name}"
    for name in ("name", "productName", "price", "categoryId"):
        if not element.findtext(name):
            yield f"no {name}"
    if not (element.get("quantity") or "0").isdigit():
        yield f"quantity is “{element.get('quantity')}”"
    for name, form in _FORMS.items():
        for each in element.findall(name):
            if not form.fullmatch(each.text or ""):
                yield f"{name} is “{each.text}”"
    for each in element.findall("categoryId"):
        if each.text not in categories:
            yield f"category {each.text} is not there"
    for each in element.findall("param"):
        if not (each.get("code") and each.get("name") and each.text):
            yield "a param with an empty code, name or value"


def take_over(account: Account, site: str, loaded: Loaded) -> None:
    """Known offers are changed, new ones added, those that the file lacks are switched off. Prices of other types and
    stock by warehouse stay."""
    found = {offer["externalId"]: offer for offer in loaded.offers}
    for old in account.offers:
        if old.get("site") == site and old.get("externalId") not in found:
            old["active"] = False
    for id, offer in found.items():
        old = account.offer({"externalId": id}) or {"id": FIRST_OFFER + len(account.offers), "site": site}
        prices = old.get("prices", {}) | offer["prices"]
        account.add_offers([{**old, **offer, "prices": prices}])
