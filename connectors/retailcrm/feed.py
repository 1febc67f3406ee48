"""The catalog as a file that RetailCRM fetches from an address of ours."""

from collections.abc import Sequence
from typing import BinaryIO

from connectors.contract.results import FeedForm, FeedWritten, SetupStep, ShopCatalog

from .config import Config, zone
from .icml import write


class CatalogFeed:
    """``catalog_feed`` capability. Offers bear the ids by which order lines name them (setting “offer_id”)."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def form(self) -> FeedForm:
        return FeedForm("application/xml; charset=utf-8", "catalog.xml")

    def write(self, stream: BinaryIO, catalog: ShopCatalog) -> FeedWritten:
        config = self._config
        made_at = catalog.made_at.astimezone(zone(config.timezone)) if config.timezone else catalog.made_at
        return write(stream, catalog, config.offer_id, made_at, config.currency)

    def setup(self, address: str) -> Sequence[SetupStep]:
        return (
            SetupStep(
                "Enter the address of the file",
                "RetailCRM: Settings, Stores, Stores, the store with the code below, tab Catalog. Tick “Load the "
                "catalog from ICML” and paste the address.",
                (("Site code", self._config.site), ("ICML address", address)),
            ),
            SetupStep(
                "Load it once by hand",
                "Press “Load catalog now” there. Afterwards RetailCRM comes by itself every few hours.",
            ),
            SetupStep(
                "Decide where stock is kept",
                "When editing of stock is switched on in RetailCRM, it passes over the quantities of the file; then "
                "switch on “prices and stock” on the route and name a warehouse on this connection.",
            ),
        )
