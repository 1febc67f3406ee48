"""Which connectors there are. A literal list: nothing is scanned, a connector is imported at first use."""

from importlib import import_module

from connectors.contract.spec import ConnectorSpec

CONNECTORS = {
    "minishop2": "connectors.minishop2.spec",
    "woocommerce": "connectors.woocommerce.spec",
    "magento2": "connectors.magento2.spec",
    "custom_cms": "connectors.custom_cms.spec",
    "retailcrm": "connectors.retailcrm.spec",
    "bitrix24": "connectors.bitrix24.spec",
}


def spec_for(kind: str) -> ConnectorSpec:
    """The connector of that kind; raises KeyError with the known kinds when there is none."""
    if kind not in CONNECTORS:
        known = ", ".join(sorted(CONNECTORS))
        message = f"No connector “{kind}”. Known: {known}"
        raise KeyError(message)
    spec: ConnectorSpec = import_module(CONNECTORS[kind]).SPEC
    return spec


def all_specs() -> list[ConnectorSpec]:
    """Every connector, in the order of the list."""
    return [spec_for(kind) for kind in CONNECTORS]
