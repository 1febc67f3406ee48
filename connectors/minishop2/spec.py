"""What the admin needs to know of MODX shops, and how a connection to one is opened."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import Adapter
from connectors.contract.results import SetupStep
from connectors.contract.spec import ConnectorSpec, FieldType, Limits, Role, Services, SettingField, Settings
from connectors.toolkit.http import HttpClient
from connectors.toolkit.redact import Masking

from .account import Account
from .client import Client
from .codes import CodeSource
from .config import (
    AS_THE_SHOP_SAYS,
    DEFAULT_TIMEOUT_SECONDS,
    ORDER_PAGE,
    ExternalId,
    OfferNaming,
    config_from,
    order_url,
)
from .hooks import TOPICS, WebhookReceiver
from .names import NameOrder
from .sources import Changed, readers
from .writer import NumberSink, PaidSink, StatusSink

FIELDS = (
    SettingField(
        "shop",
        "Shop address",
        "The address at which the shop answers, with https:// and with the folder if MODX lives in one: "
        "https://shop.example",
        FieldType.URL,
    ),
    SettingField(
        "signing_secret",
        "Signing secret",
        "Leave empty: the hub makes one. Copy it into the plug-in's setting “secret”; both sides sign with it "
        "(Standard Webhooks, “whsec_…”).",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "previous_signing_secret",
        "Previous signing secret",
        "Only while you change the secret: put the old one here, the new one above. Both are accepted, and the "
        "hub signs with both. Empty it when the plug-in has the new one.",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "currency",
        "Currency",
        "miniShop2 keeps no currency: three letters, for example RUB. Empty: as the plug-in's setting “currency” says.",
        FieldType.TEXT,
        required=False,
        default="",
    ),
    SettingField(
        "weight_unit",
        "Unit of weights",
        "In which unit staff of the shop enter weights; the shop itself does not know.",
        FieldType.CHOICE,
        required=False,
        default=AS_THE_SHOP_SAYS,
        choices=((AS_THE_SHOP_SAYS, "As the plug-in says"), ("g", "Grams"), ("kg", "Kilograms"), ("lb", "Pounds")),
    ),
    SettingField(
        "external_id",
        "Orders are known to the CRM by",
        "A new shop: the order's id. A shop that used modRetailCRM: its number, so that old orders are found again "
        "(2601/15 as 2601-15). Do not change it later.",
        FieldType.CHOICE,
        required=False,
        default=ExternalId.ID.value,
        choices=((ExternalId.ID.value, "Id"), (ExternalId.NUMBER.value, "Number, as modRetailCRM sent it")),
    ),
    SettingField(
        "offer_naming",
        "Names of offers",
        "How a modification (msOptionsPrice2) is named in the CRM's catalog. A product without modifications is named "
        "by its id.",
        FieldType.CHOICE,
        required=False,
        default=OfferNaming.MOD.value,
        choices=(
            (OfferNaming.MOD.value, "mod-<product>-<modification>, as modRetailCRM"),
            (OfferNaming.DASH.value, "<product>-<modification>"),
        ),
    ),
    SettingField(
        "discount_in_prices",
        "Promo codes lower the prices",
        "On: the prices of an order's lines hold the discount of its promo code already, as with msPromoCode. Off: the "
        "discount is taken off the lines.",
        FieldType.BOOLEAN,
        required=False,
        default=True,
    ),
    SettingField(
        "name_order",
        "Names of buyers",
        "The shop keeps a name as one text. Choose an order only if buyers really write it so.",
        FieldType.CHOICE,
        required=False,
        default=NameOrder.WHOLE.value,
        choices=(
            (NameOrder.WHOLE.value, "Keep the whole name as first name"),
            (NameOrder.LAST_FIRST.value, "Last name, first name, patronymic"),
            (NameOrder.FIRST_LAST.value, "First name, patronymic, last name"),
        ),
    ),
    SettingField(
        "country_names",
        "Names of countries",
        "Buyers type countries freely. One “name = code” per line for names that the hub does not know, for example "
        "“Приднестровье = MD”. What stays unknown goes into the address as text.",
        FieldType.LIST,
        required=False,
        default=(),
    ),
    SettingField(
        "option_names",
        "Names of options",
        "One “key = Name” per line, for example “size = Размер”: how chosen options are called in the CRM.",
        FieldType.LIST,
        required=False,
        default=(),
    ),
    SettingField(
        "skip_generated_emails",
        "Leave out made-up e-mails",
        "A buyer without e-mail gets one that the shop invents (name@shop). It would make strangers one person in the "
        "CRM.",
        FieldType.BOOLEAN,
        required=False,
        default=True,
    ),
    SettingField(
        "silent",
        "Change statuses without e-mails",
        "MiniShop3 only: the shop sends no letters when the hub sets a status.",
        FieldType.BOOLEAN,
        required=False,
        default=False,
    ),
    SettingField(
        "rewrite_number",
        "The CRM's number replaces the shop's",
        "Only where the route sends numbers back. Off: it is kept beside, in the order's property “crm_number”. Not "
        "done where the CRM knows orders by their number.",
        FieldType.BOOLEAN,
        required=False,
        default=False,
    ),
    SettingField(
        "order_page",
        "Page of an order",
        "In the MODX manager, with {id} for the order's id; from the shop's address on, or a whole address. Change it "
        "for MiniShop3 or when the folder “manager” was renamed.",
        FieldType.TEXT,
        required=False,
        default=ORDER_PAGE,
    ),
    SettingField(
        "timeout_seconds",
        "Time-out in seconds",
        "How long the hub waits for an answer. Status changes send their letters inside the call.",
        FieldType.INTEGER,
        required=False,
        default=DEFAULT_TIMEOUT_SECONDS,
    ),
)

PERSONAL_KEYS = ("receiver", "mobile_phone", "comment", "room", "text_address", "entrance", "floor", "metro", "fields")
"""Further JSON keys whose values the sync log does not keep."""


def open_adapter(settings: Settings, services: Services) -> Adapter:
    """No call is made. Raises Misconfigured for an address or a currency of a wrong form."""
    config = config_from(settings)
    http = HttpClient(
        services,
        config.shop,
        bucket=f"minishop2:{urlsplit(config.shop).netloc}",
        read_timeout_seconds=config.timeout_seconds,
        masking=Masking(keys=PERSONAL_KEYS),
    )
    client = Client(http, config, services.clock)
    orders, customers, products = readers(client, config)
    return Adapter(
        account=Account(client, config),
        codes=CodeSource(client),
        orders=orders,
        orders_changed=Changed(client, orders, ObjectKind.ORDER),
        customers=customers,
        products=products,
        products_changed=Changed(client, products, ObjectKind.PRODUCT),
        status_sink=StatusSink(client, config),
        paid_sink=PaidSink(client),
        number_sink=NumberSink(client, config),
        webhooks=WebhookReceiver(config),
    )


def setup_steps(_settings: Settings, hook_address: str) -> Sequence[SetupStep]:
    return (
        SetupStep(
            "Install the plug-in",
            "In the MODX manager: Extras > Installer, upload the package hubconnector (companions/modx has it and says "
            "how to build it). It works with miniShop2 on MODX 2 and 3, and with MiniShop3.",
        ),
        SetupStep(
            "Fill in its settings",
            "System settings, namespace hubconnector. The secret is this connection's signing secret: show it with the "
            "button on this page. The address names this connection: treat it as confidential.",
            (
                ("hub_url", hook_address),
                ("secret", "the signing secret of this form"),
                ("currency", "for example RUB"),
                ("weight_unit", "g, kg or lb"),
            ),
        ),
        SetupStep(
            "Let cron send what waits",
            "Events are sent at once where PHP can hand the page over first (PHP-FPM, LiteSpeed). All else, and what "
            "the hub did not take, is sent by this command, every minute.",
            (("Cron", "* * * * * php <MODX>/core/components/hubconnector/cli/flush.php"),),
        ),
        SetupStep("Save, then press Verify", "It lists what is missing, in the shop and here."),
    )


SPEC = ConnectorSpec(
    kind="minishop2",
    title="MODX (miniShop2, MiniShop3)",
    roles=frozenset({Role.STORE}),
    settings=FIELDS,
    open=open_adapter,
    limits=Limits(
        per_second=10, burst=10, concurrency=1, source="Our own caution: one call at a time spares the shop's PHP"
    ),
    wire_topics=TOPICS,
    setup_steps=setup_steps,
    order_url=order_url,
    description="Orders, customers, form leads and products from a MODX shop; statuses and payments back into it.",
)
