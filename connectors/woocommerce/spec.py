"""What the admin needs to know of WooCommerce, and how a connection to it is opened."""

from collections.abc import Sequence

from connectors.contract.capabilities import Adapter
from connectors.contract.results import SetupStep
from connectors.contract.spec import ConnectorSpec, FieldType, Limits, Role, Services, SettingField, Settings
from connectors.woocommerce import links
from connectors.woocommerce.account import Account
from connectors.woocommerce.client import MAX_PER_PAGE
from connectors.woocommerce.codes import CodeSource
from connectors.woocommerce.customers import CustomerSource
from connectors.woocommerce.hooks import HookReceiver
from connectors.woocommerce.orders import OrderSource, changed_orders
from connectors.woocommerce.paid import PaidSink
from connectors.woocommerce.products import ProductSource, changed_products
from connectors.woocommerce.subscriptions import TOPICS, WebhookManager
from connectors.woocommerce.transport import AUTO, READ_TIMEOUT_SECONDS, Mode, Transport
from connectors.woocommerce.writer import StatusSink

MIN_PER_PAGE = 10
"""Pages overlap by one row, so a page of one would never get on."""

SETTINGS = (
    SettingField(
        "site",
        "Site address",
        "The shop's address as it stands under Settings > General > Site Address, with https:// and with the folder "
        "if the shop lives in one: https://example.com/shop",
        FieldType.URL,
    ),
    SettingField(
        "consumer_key",
        "Consumer key",
        "WooCommerce > Settings > Advanced > REST API > Add key. Permission: Read/Write; user: a Shop manager. Starts "
        "with ck_.",
        FieldType.SECRET,
    ),
    SettingField(
        "consumer_secret",
        "Consumer secret",
        "Shown once, together with the key. Starts with cs_.",
        FieldType.SECRET,
    ),
    SettingField(
        "webhook_secret",
        "Webhook secret",
        "Signs the shop's calls to the hub. The hub hands it to the shop when it creates the webhooks; use hexadecimal "
        "digits only. Left empty, the hub makes one.",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "previous_webhook_secret",
        "Previous webhook secret",
        "While the secret is being changed, calls signed with this one are accepted too. Empty it afterwards.",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "auth",
        "Sign-in method",
        "Automatic tries them in this order when you press Verify. Choose one only if that picks the wrong one.",
        FieldType.CHOICE,
        required=False,
        default=AUTO,
        choices=(
            (AUTO, "Automatic"),
            (Mode.BASIC, "HTTP Basic (https)"),
            (Mode.QUERY, "Key in the query string (https, server drops the sign-in header)"),
            (Mode.OAUTH, "OAuth 1.0a signature (plain http)"),
        ),
    ),
    SettingField(
        "accepted_sources",
        "Further source addresses",
        "Webhooks are accepted only from the site address, so that a copy of the shop cannot send as the shop. Enter "
        "other addresses of the same shop, one per line.",
        FieldType.LIST,
        required=False,
        default=(),
    ),
    SettingField(
        "allow_refunded",
        "Set orders to “refunded”",
        "WooCommerce then books a full refund by itself, without giving money back at the payment provider.",
        FieldType.BOOLEAN,
        required=False,
        default=False,
    ),
    SettingField(
        "page_size",
        "Orders per call",
        "10 to 100. Lower it when the shop's server runs out of time or memory.",
        FieldType.INTEGER,
        required=False,
        default=MAX_PER_PAGE,
    ),
    SettingField(
        "timeout_seconds",
        "Time-out in seconds",
        "How long the hub waits for an answer. Status changes send their mails inside the call.",
        FieldType.INTEGER,
        required=False,
        default=READ_TIMEOUT_SECONDS,
    ),
)


def open_adapter(settings: Settings, services: Services) -> Adapter:
    """The shop with these settings; calls nothing yet."""
    shop = Transport(settings, services)
    per_page = min(max(int(settings.get("page_size") or MAX_PER_PAGE), MIN_PER_PAGE), MAX_PER_PAGE)
    secret = str(settings.get("webhook_secret") or "").strip()
    previous = str(settings.get("previous_webhook_secret") or "").strip()
    return Adapter(
        account=Account(shop),
        codes=CodeSource(shop),
        orders=OrderSource(shop, per_page),
        orders_changed=changed_orders(shop, per_page),
        customers=CustomerSource(shop, per_page),
        products=ProductSource(shop, per_page),
        products_changed=changed_products(shop, per_page),
        status_sink=StatusSink(shop, allow_refunded=settings.get("allow_refunded") is True),
        paid_sink=PaidSink(shop),
        webhooks=HookReceiver(shop.site, _lines(settings.get("accepted_sources")), [secret, previous]),
        webhook_manager=WebhookManager(shop, services.tokens, secret),
    )


def _lines(value: object) -> list[str]:
    """A list setting, also when it is still the text of the form."""
    lines = value.splitlines() if isinstance(value, str) else value
    return [str(line).strip() for line in lines if str(line).strip()] if isinstance(lines, (list, tuple)) else []


def order_url(settings: Settings, order_id: str) -> str:
    """Where staff look at the order in the shop's admin."""
    return links.order_url(str(settings["site"]), order_id)


def setup_steps(_settings: Settings, hook_address: str) -> Sequence[SetupStep]:
    return (
        SetupStep(
            "Make a user for the hub",
            "In WordPress under Users > Add New, with the role Shop manager. Keys die with their user, so do not "
            "take a person's.",
            (("Role", "Shop manager"),),
        ),
        SetupStep(
            "Make a key",
            "WooCommerce > Settings > Advanced > REST API > Add key. Copy key and secret into this form: the secret is "
            "shown only once.",
            (("Description", "Integration Hub"), ("User", "the new user"), ("Permissions", "Read/Write")),
        ),
        SetupStep(
            "Save, then press Verify",
            "It lists what is missing. Settings > Permalinks must not be “Plain”.",
        ),
        SetupStep(
            "Press “Repair webhooks”",
            "The hub makes its webhooks by itself and switches them on again when the shop has switched them off. "
            "WordPress calls only public addresses on port 80, 443 or 8080.",
            (("Address the shop will call", hook_address), *(("Topic", topic) for topic in TOPICS)),
        ),
    )


SPEC = ConnectorSpec(
    kind="woocommerce",
    title="WooCommerce",
    roles=frozenset({Role.STORE}),
    settings=SETTINGS,
    open=open_adapter,
    limits=Limits(
        concurrency=1,
        source="wc/v3 has no limit of its own; hosts answer 429 or 503. One call at a time spares the shop's PHP.",
    ),
    wire_topics=(
        *TOPICS,
        "customer.deleted",
        "product.created",
        "product.updated",
        "product.deleted",
        "product.restored",
        "coupon.created",
        "coupon.updated",
        "coupon.deleted",
        "coupon.restored",
        "action.woocommerce_order_status_completed",
    ),
    setup_steps=setup_steps,
    order_url=order_url,
    description="Orders and customers from a WooCommerce shop; order statuses back into it.",
)
