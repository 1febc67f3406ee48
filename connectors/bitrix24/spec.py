"""How Bitrix24 presents itself to the hub: settings, limits, doors, and how a connection is opened."""

from connectors.contract.capabilities import Adapter
from connectors.contract.spec import ConnectorSpec, Role, Services, Settings

from . import config as config_module
from .account import Account
from .config import Access, base_url, config_from, limits_from
from .customers import CustomerSink
from .desk import Desk
from .fields import FIELDS
from .history import ChangeSource
from .hooks import TOPICS, WebhookReceiver
from .leads import LeadSink
from .orders import OrderSink
from .portal import Portal
from .reader import CodeSource, StatusSource
from .setup import setup_steps
from .subscriptions import WebhookManager


def open_adapter(settings: Settings, services: Services) -> Adapter:
    """No call is made; raises Misconfigured when a setting cannot be used."""
    config = config_from(settings)
    portal = Portal(config, services)
    return Adapter(
        account=Account(portal, config, services.tokens),
        codes=CodeSource(portal, config),
        order_sink=OrderSink(portal, config, Desk(portal, config, services.tokens)),
        customer_sink=CustomerSink(portal, config),
        lead_sink=LeadSink(portal, config),
        status_source=StatusSource(portal, config),
        change_source=ChangeSource(portal),
        webhooks=WebhookReceiver(config, services),
        webhook_manager=WebhookManager(portal) if config.access is Access.APPLICATION else None,
    )


def order_url(settings: Settings, id: str) -> str:
    return config_module.deal_url(base_url(str(settings.get("address") or "")), id)


SPEC = ConnectorSpec(
    kind="bitrix24",
    title="Bitrix24",
    roles=frozenset({Role.CRM}),
    settings=FIELDS,
    open=open_adapter,
    limits=limits_from({}),
    limits_for=limits_from,
    optional_kinds=frozenset({"delivery", "payment"}),
    wire_topics=TOPICS,
    signs_calls=False,
    setup_steps=setup_steps,
    order_url=order_url,
    description="Orders, customers and form leads into Bitrix24 as deals, contacts and leads; stages back.",
)
