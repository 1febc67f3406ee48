"""How RetailCRM presents itself to the hub: settings, limits, doors, and how a connection is opened."""

from connectors.contract.capabilities import Adapter
from connectors.contract.spec import ConnectorSpec, FieldType, Limits, Role, Services, SettingField, Settings

from . import config as config_module
from .access import client_for
from .account import Account
from .carts import Carts
from .catalog import CatalogSink
from .config import DEFAULT_TIMEOUT_SECONDS, LeadsAs, OfferId, base_url, config_from
from .corporate import Corporates
from .customers import CustomerSink
from .details import DetailSource
from .facts import Facts
from .feed import CatalogFeed
from .history import ChangeSource
from .hooks import TOPIC, WebhookReceiver, setup_steps
from .installation import Installer
from .leads import LeadSink
from .orders import OrderSink
from .reader import CodeSource, StatusSource

FIELDS = (
    SettingField(
        "address",
        "Address",
        "The address of your RetailCRM account, for example https://myshop.retailcrm.ru.",
        FieldType.URL,
        example="https://shop-that-is-not-there.retailcrm.ru",
    ),
    SettingField(
        "api_key",
        "API key",
        "RetailCRM: Settings, Integration, API access keys. The key needs order_read, order_write, customer_read, "
        "customer_write and reference_read, and access to the site below.",
        FieldType.SECRET,
    ),
    SettingField(
        "site",
        "Site code",
        "The symbolic code of the store that orders go to (RetailCRM: Settings, Stores, Stores).",
    ),
    SettingField(
        "transfer_number",
        "Send the order number",
        "On: RetailCRM shows the shop's order number. Off: RetailCRM numbers orders itself.",
        FieldType.BOOLEAN,
        required=False,
        default=True,
    ),
    SettingField(
        "offer_id",
        "Offers are found by",
        "Must agree with the ids in the catalog that RetailCRM loads for this site.",
        FieldType.CHOICE,
        required=False,
        default=OfferId.VARIANT.value,
        choices=(
            (OfferId.VARIANT.value, "Variant id, or product id where there is no variant"),
            (OfferId.PRODUCT.value, "Product id"),
            (OfferId.SKU.value, "SKU as external id"),
            (OfferId.SKU_AS_XML_ID.value, "SKU as XML id"),
        ),
    ),
    SettingField(
        "offers_known",
        "RetailCRM has the catalog",
        "On: lines name their offer. Off: lines are sent with name and price only, for an account without catalog.",
        FieldType.BOOLEAN,
        required=False,
        default=True,
    ),
    SettingField(
        "price_type",
        "Price type",
        "For “prices and stock” of a route: the code of the price type that the shop's prices go into (RetailCRM: "
        "Settings, Products, Price types), mostly “base”. Empty: prices are not sent. Needs the right store_write.",
        required=False,
        default="base",
    ),
    SettingField(
        "warehouse",
        "Warehouse",
        "For “prices and stock” of a route: the code of the warehouse that the shop's stock goes into (RetailCRM: "
        "Settings, Products, Warehouses). Empty: stock is not sent.",
        required=False,
        default="",
    ),
    SettingField(
        "find_by_email",
        "Look for new customers by e-mail first",
        "On: a registered customer whose e-mail RetailCRM knows already is joined with that record instead of made "
        "anew. Costs one call for each customer the hub has not sent before. Guests are always looked for.",
        FieldType.BOOLEAN,
        required=False,
        default=False,
    ),
    SettingField(
        "find_by_phone",
        "Look for guests without e-mail by phone",
        "On: a guest who left only a phone is looked for before being made, by a search that RetailCRM does not "
        "promise to find phones with; one call for each. Off: the hub recognises those that it has sent itself.",
        FieldType.BOOLEAN,
        required=False,
        default=False,
    ),
    SettingField(
        "find_guests",
        "Look for guests by e-mail first",
        "On: a guest with an e-mail is looked for before being made; one call for each that the hub has not sent yet. "
        "Off: they are made fifty in a call. Only for the upload of an archive into an account that does not have "
        "these people; otherwise they double. Switch it on again afterwards.",
        FieldType.BOOLEAN,
        required=False,
        default=True,
    ),
    SettingField(
        "corporate",
        "Orders of companies",
        "On: an order with a company gets a corporate customer, with the buyer as contact; up to four calls for each "
        "new company. Off: the buyer alone is the customer. Corporate customers must be switched on in RetailCRM.",
        FieldType.BOOLEAN,
        required=False,
        default=False,
    ),
    SettingField(
        "leads_as",
        "Form leads become",
        "RetailCRM has no leads. An order without items has an order method of its own (set it on the route, or map "
        "the form's code); a note stands with the visitor's customer.",
        FieldType.CHOICE,
        required=False,
        default=LeadsAs.ORDER.value,
        choices=(
            (LeadsAs.ORDER.value, "An order without items"),
            (LeadsAs.NOTE.value, "A customer with a note"),
        ),
    ),
    SettingField(
        "timezone",
        "Time zone",
        "Filled by Verify. The account's time zone, for example Europe/Moscow.",
        required=False,
        default="",
    ),
    SettingField(
        "currency",
        "Currency",
        "Filled by Verify. The site's currency, for example RUB. Orders in another currency are refused.",
        required=False,
        default="",
    ),
    SettingField(
        "trigger_secret",
        "Trigger secret",
        "Optional. When filled, the trigger must send a parameter “secret” with this value.",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "timeout_seconds",
        "Time-out in seconds",
        "How long to wait for an answer.",
        FieldType.INTEGER,
        required=False,
        default=DEFAULT_TIMEOUT_SECONDS,
    ),
)


def open_adapter(settings: Settings, services: Services) -> Adapter:
    """No call is made; raises Misconfigured when a setting cannot be used."""
    config = config_from(settings)
    client = client_for(config, services)
    facts = Facts(client, config.site, timezone=config.timezone, currency=config.currency)
    customers = CustomerSink(client, config, facts)
    orders = OrderSink(client, config, facts, customers, Corporates(client) if config.corporate else None)
    return Adapter(
        account=Account(client, config),
        codes=CodeSource(client, config.site),
        order_sink=orders,
        customer_sink=customers,
        lead_sink=LeadSink(client, config, customers, orders, Carts(client, config, facts)),
        catalog_sink=CatalogSink(client, config),
        catalog_feed=CatalogFeed(config),
        status_source=StatusSource(client),
        detail_source=DetailSource(client, facts),
        change_source=ChangeSource(client, config.site, facts),
        webhooks=WebhookReceiver(config.trigger_secret, services.clock),
    )


def order_url(settings: Settings, id: str) -> str:
    return config_module.order_url(base_url(str(settings.get("address") or "")), id)


SPEC = ConnectorSpec(
    kind="retailcrm",
    title="RetailCRM",
    roles=frozenset({Role.CRM}),
    settings=FIELDS,
    open=open_adapter,
    limits=Limits(
        per_second=10,
        # RetailCRM counts the calls of each second. At 90 % of the rate a second holds up to 9 + burst calls, so a
        # larger burst passes ten in the first one, and what is refused then costs more than the burst has won.
        burst=1,
        concurrency=4,
        source="RetailCRM, Rules for working with the API: 10 requests a second",
    ),
    wire_topics=(TOPIC,),
    signs_calls=False,
    setup_steps=setup_steps,
    order_url=order_url,
    installer=Installer(),
    description="Orders, customers and leads into RetailCRM (Simla.com); order statuses back.",
)
