"""What the admin needs to know of Magento 2, and how a connection to it is opened."""

from collections.abc import Sequence

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import Adapter
from connectors.contract.results import SetupStep
from connectors.contract.spec import ConnectorSpec, FieldType, Limits, Role, Services, SettingField, Settings

from .account import Account
from .client import Client
from .codes import CodeSource
from .config import MAX_PAGE, Auth, config_from
from .hooks import TOPIC, WebhookReceiver
from .people import read_customer
from .products import ChangedProducts, ProductSource
from .reader import read_order
from .shop import OfViews, Shop
from .sources import Changed, Source
from .walk import Listing
from .writer import StatusSink

_WHERE = "Shown when the integration is activated (System > Extensions > Integrations)."

SETTINGS = (
    SettingField(
        "shop",
        "Address",
        "The shop's address without /rest, with /index.php when the shop answers only there: https://shop.example",
        FieldType.URL,
    ),
    SettingField(
        "auth",
        "Sign-in method",
        "Signed calls work with every version. A bare token only where the shop allows it (off since 2.4.4).",
        FieldType.CHOICE,
        required=False,
        default=Auth.OAUTH.value,
        choices=((Auth.OAUTH.value, "Signed calls (OAuth 1.0a)"), (Auth.BEARER.value, "Bare access token (Bearer)")),
    ),
    SettingField("consumer_key", "Consumer key", _WHERE, FieldType.SECRET, required=False),
    SettingField("consumer_secret", "Consumer secret", _WHERE, FieldType.SECRET, required=False),
    SettingField("access_token", "Access token", _WHERE, FieldType.SECRET),
    SettingField("access_token_secret", "Access token secret", _WHERE, FieldType.SECRET, required=False),
    SettingField(
        "signing_secret",
        "Signing secret",
        "Leave empty: the hub makes one. Copy it into the companion module (Stores > Configuration > Services > "
        "Integration Hub); the module signs its events with it.",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "previous_signing_secret",
        "Previous signing secret",
        "While the secret is being changed, events signed with this one are accepted too. Empty it afterwards.",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "store_views",
        "Only these store views",
        "One id or code per line. Empty: all. Orders and customers of other store views are left out.",
        FieldType.LIST,
        required=False,
        default=(),
    ),
    SettingField(
        "status_actions",
        "How statuses are reached",
        "Only for statuses that need another way than the usual: “status = action” per line, with the actions comment, "
        "note, invoice, ship, cancel, hold, unhold, refund. For example: packed = comment",
        FieldType.LIST,
        required=False,
        default=(),
    ),
    SettingField(
        "allow_refunds",
        "Make credit memos",
        "A status that closes an order then makes an offline credit memo. No money is moved by it.",
        FieldType.BOOLEAN,
        required=False,
        default=False,
    ),
    SettingField(
        "notify_buyers",
        "Mail the buyer",
        "Whether Magento sends its mail when the hub invoices, ships or comments.",
        FieldType.BOOLEAN,
        required=False,
        default=False,
    ),
    SettingField(
        "brand_attribute",
        "Attribute of the brand",
        "The code of the product attribute that holds the brand, mostly manufacturer or brand.",
        required=False,
        default="manufacturer",
    ),
    SettingField(
        "signed_url",
        "Address in signatures",
        "Only when the shop refuses every signature: the address under which the shop sees itself called behind a "
        "proxy, for example http://shop.example.",
        required=False,
        default="",
    ),
    SettingField(
        "clock_offset_minutes",
        "Offset of times, minutes",
        "Only for a shop whose database is not on UTC: what has to be added to its times. Mostly 0.",
        FieldType.INTEGER,
        required=False,
        default=0,
    ),
    SettingField(
        "page_size",
        "Orders per call",
        "1 to 100. Lower it when the shop's server runs out of time or memory.",
        FieldType.INTEGER,
        required=False,
        default=MAX_PAGE,
    ),
    SettingField(
        "admin_url",
        "Address of the back office",
        "For links to orders: https://shop.example/admin_a1b2c3. Empty: no links.",
        required=False,
        default="",
    ),
    SettingField(
        "timeout_seconds",
        "Time-out in seconds",
        "How long the hub waits for an answer.",
        FieldType.INTEGER,
        required=False,
        default=60,
    ),
)


def open_adapter(settings: Settings, services: Services) -> Adapter:
    """The shop with these settings; calls nothing yet. Raises Misconfigured when a setting cannot be used."""
    config = config_from(settings)
    client, offset = Client(config, services), config.clock_offset
    shop = Shop(client, config)
    orders = Listing(ObjectKind.ORDER, "orders", "entity_id", "entity_id", lambda row: read_order(row, offset))
    people = Listing(ObjectKind.CUSTOMER, "customers/search", "entity_id", "id", lambda row: read_customer(row, offset))
    views = OfViews(shop, "store_id")
    return Adapter(
        account=Account(client, config, shop),
        codes=CodeSource(client),
        orders=Source(client, orders, views, offset),
        orders_changed=Changed(client, orders, views, offset),
        customers=Source(client, people, views, offset),
        customers_changed=Changed(client, people, views, offset),
        products=ProductSource(shop.catalog, shop, offset),
        products_changed=ChangedProducts(shop.catalog, shop, offset),
        status_sink=StatusSink(client, config),
        webhooks=WebhookReceiver(config.secrets, config.store_views),
    )


def order_url(settings: Settings, order_id: str) -> str:
    """Where staff look at the order, when the address of the back office is known."""
    admin = str(settings.get("admin_url") or "").strip().rstrip("/")
    return f"{admin}/sales/order/view/order_id/{order_id}/" if admin.startswith("https://") else ""


def setup_steps(_settings: Settings, hook_address: str) -> Sequence[SetupStep]:
    return (
        SetupStep(
            "Make an integration",
            "System > Extensions > Integrations > Add New Integration. Under API choose the resources below, save, "
            "then Activate: four values appear. Copy them into this form.",
            tuple(("Resource", name) for name in RESOURCES),
        ),
        SetupStep("Save, then press Verify", "It names each resource that is missing."),
        SetupStep(
            "Install the companion module",
            "Optional, for changes within seconds and for the shop's own statuses, payment and delivery methods. Enter "
            "this address and the signing secret under Stores > Configuration > Services > Integration Hub.",
            (("Address", hook_address),),
        ),
    )


RESOURCES = (
    "Sales > Operations > Orders: View, Comment, Cancel, Hold, Unhold, Invoice, Ship (Credit Memos only for refunds)",
    "Customers > All Customers",
    "Catalog > Inventory > Products, Categories",
    "Stores > Settings > All Stores",
    "Stores > Attributes > Product",
    "Integration Hub (with the companion module)",
)

SPEC = ConnectorSpec(
    kind="magento2",
    title="Magento 2",
    roles=frozenset({Role.STORE}),
    settings=SETTINGS,
    open=open_adapter,
    limits=Limits(
        concurrency=1,
        source="Magento has no limit for integrations; hosts answer 429 or 503. One call at a time spares the shop.",
    ),
    wire_topics=(TOPIC,),
    setup_steps=setup_steps,
    order_url=order_url,
    description="Orders, customers and products from Magento 2 or Adobe Commerce; order statuses back into it.",
)
