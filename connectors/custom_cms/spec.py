"""How a shop of one's own presents itself to the hub: settings, doors, and how a connection is opened."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from connectors.contract.capabilities import Adapter
from connectors.contract.push import PushType
from connectors.contract.results import SetupStep
from connectors.contract.spec import ConnectorSpec, FieldType, Limits, Role, Services, SettingField, Settings
from connectors.toolkit.http import HttpClient

from .account import Account
from .client import Client
from .codes import CodeSource
from .config import config_from, order_url
from .hooks import WebhookReceiver
from .writer import Sink

FIELDS = (
    SettingField(
        "signing_secret",
        "Signing secret",
        "Leave empty: the hub makes one. Copy it into the shop's configuration; the shop signs its pushes with it, and "
        "the hub signs its status messages (Standard Webhooks, “whsec_…”).",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "previous_signing_secret",
        "Previous signing secret",
        "Only while you change the secret: put the old one here, the new one above. Both are accepted, and messages to "
        "the shop are signed with both. Empty it when the shop uses the new one.",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "access_token",
        "Access token",
        "Only for a shop that cannot sign: at least 20 random characters, sent as “Authorization: Bearer …”. Whoever "
        "sees it can push orders, so prefer signatures. Empty: only signed pushes are accepted.",
        FieldType.SECRET,
        required=False,
        default="",
    ),
    SettingField(
        "status_address",
        "Status address",
        "The address in the shop that takes status changes, for example https://shop.example/hub-status. "
        "Empty: statuses do not go back.",
        FieldType.URL,
        required=False,
        default="",
    ),
    SettingField(
        "status_codes",
        "Order statuses of the shop",
        "One “code = Name” per line, for example “paid = Paid”. The codes are offered under Mappings.",
        FieldType.LIST,
        required=False,
        default="",
    ),
    SettingField(
        "delivery_codes",
        "Delivery methods of the shop",
        "One “code = Name” per line, as the shop sends them in deliveries.code.",
        FieldType.LIST,
        required=False,
        default="",
    ),
    SettingField(
        "payment_codes",
        "Payment methods of the shop",
        "One “code = Name” per line, as the shop sends them in payments.code.",
        FieldType.LIST,
        required=False,
        default="",
    ),
    SettingField(
        "order_url_template",
        "Address of an order",
        "The order's page in the shop's back office, with {id} for its id: https://shop.example/admin/orders/{id}. "
        "Empty: no link.",
        FieldType.TEXT,
        required=False,
        default="",
    ),
)


def open_adapter(settings: Settings, services: Services) -> Adapter:
    """No call is made, and no setting is refused: what is wrong shows where it is used, and in Verify."""
    config = config_from(settings)
    http = HttpClient(services, config.status_address, bucket=f"custom_cms:{urlsplit(config.status_address).netloc}")
    client = Client(http, config, services.clock)
    sink = Sink(client) if config.status_address else None
    return Adapter(
        account=Account(client, config),
        codes=CodeSource(config),
        status_sink=sink,
        paid_sink=sink,
        number_sink=sink,
        webhooks=WebhookReceiver(config, services.clock),
    )


def push_address(hook_address: str) -> str:
    """The push API's address of the same connection: both doors know it by the same token."""
    base, _, rest = hook_address.partition("/hooks/")
    return f"{base}/api/v1/push/{rest.split('/')[0]}"


def setup_steps(settings: Settings, hook_address: str) -> Sequence[SetupStep]:
    address = push_address(hook_address)
    status_address = str(settings.get("status_address") or "")
    return (
        SetupStep(
            "Put address and secret into the shop",
            "The developer of the shop needs the addresses below and the signing secret from this form. The addresses "
            "name this connection: treat them as confidential, too. A GET on the last row tests both.",
            (
                ("Orders", f"{address}/orders"),
                ("Customers", f"{address}/customers"),
                ("Form leads", f"{address}/leads"),
                ("Status changes", f"{address}/status-changes"),
                ("Test", f"{address}/ping"),
            ),
        ),
        SetupStep(
            "Send orders",
            "Whenever an order is made or changed, POST its whole present state. docs/push-api.md has the fields and "
            "examples; the interactive description is at /api/docs/ of this hub.",
        ),
        SetupStep(
            "Take statuses back",
            "Optional. Make an address in the shop that takes the signed message “order.status”, enter it as status "
            "address, and press Verify: the hub posts a signed “ping” there.",
            (("Status address", status_address),) if status_address else (),
        ),
    )


SPEC = ConnectorSpec(
    kind="custom_cms",
    title="Custom CMS (push API)",
    roles=frozenset({Role.STORE}),
    settings=FIELDS,
    open=open_adapter,
    limits=Limits(per_second=10, burst=10, concurrency=2, source="Our own caution: a shop of unknown strength"),
    wire_topics=tuple(PushType),
    setup_steps=setup_steps,
    order_url=order_url,
    description="A shop of your own: it pushes orders, customers and leads; statuses go back as signed messages.",
)
