"""The form of a connection: what to enter and where to find it."""

from connectors.contract.spec import FieldType, SettingField

from .config import (
    DEFAULT_ORDER_FIELD,
    DEFAULT_ORIGINATOR,
    DEFAULT_TIMEOUT_SECONDS,
    OAUTH_SERVER,
    Access,
    Deleted,
    Edits,
    LeadsBecome,
    Plan,
)


def _optional(key: str, label: str, help: str, type: FieldType = FieldType.TEXT, default: object = "") -> SettingField:
    return SettingField(key, label, help, type, required=False, default=default)


def _choice(key: str, label: str, help: str, default: str, choices: tuple[tuple[str, str], ...]) -> SettingField:
    return SettingField(key, label, help, FieldType.CHOICE, required=False, default=default, choices=choices)


FIELDS = (
    SettingField(
        "address",
        "Address",
        "The address of your portal, for example https://myportal.bitrix24.com. A self-hosted portal's as well.",
        FieldType.URL,
        example="https://portal-that-is-not-there.bitrix24.com",
    ),
    _choice(
        "access",
        "How the hub signs in",
        "An incoming webhook is the simplest. A local application also hears of deals that move to another pipeline.",
        Access.WEBHOOK.value,
        ((Access.WEBHOOK.value, "Incoming webhook"), (Access.APPLICATION.value, "Local application (OAuth)")),
    ),
    _optional(
        "webhook",
        "Incoming webhook",
        "Bitrix24: Developer resources, Other, Incoming webhook, with the scopes crm and user_basic. Paste the whole "
        "address. Make it as a user of its own with administrator's rights, so that it outlives staff.",
        FieldType.SECRET,
    ),
    _optional(
        "client_id",
        "Application id",
        "Only for a local application: its client_id, which begins with “local.”.",
    ),
    _optional("client_secret", "Application key", "Only for a local application: its client_secret.", FieldType.SECRET),
    _optional(
        "oauth_server",
        "Sign-in server",
        "The vendor's own, the same for self-hosted portals. Change it only when the vendor names another one.",
        FieldType.URL,
        default=OAUTH_SERVER,
    ),
    _optional(
        "application_token",
        "Token of events",
        "The token that Bitrix24 shows with the outgoing webhook; events without it are refused. An application "
        "brings its own.",
        FieldType.SECRET,
    ),
    _optional("member_id", "Portal id", "Optional: member_id of the portal; events of another one are refused."),
    _optional("pipeline", "Pipeline", "Number of the pipeline that orders go to; 0 is the general one.", default="0"),
    _optional(
        "first_stage",
        "First stage",
        "Code of the stage of a new deal whose status no rule sends, for example C9:NEW. Empty: the pipeline's first.",
    ),
    _optional(
        "counterparts",
        "Stages in other pipelines",
        "For deals that managers move to another pipeline: “stage of the rule = stage there” per line, for example "
        "C9:EXECUTING = C3:EXECUTING. A deal for whose pipeline there is no line is moved to the rule's stage.",
        FieldType.LIST,
        default=(),
    ),
    _optional(
        "default_manager",
        "Manager by default",
        "Number of the user who gets deals that no manager rule gives to somebody. Empty: the webhook's owner.",
    ),
    _optional("source", "Source", "Code of the source of new deals and leads, for example WEB."),
    _optional(
        "originator",
        "Name of this connection in deals",
        "Deals are recognised by it. Two connections to one portal need different names; never change it afterwards.",
        default=DEFAULT_ORIGINATOR,
    ),
    _optional("title", "Title of deals", "“{number}” stands for the order's number.", default="Order {number}"),
    _optional(
        "order_field",
        "Field for the order's id",
        "A user field of deals; made with the first order and shown on no card. Empty: none.",
        default=DEFAULT_ORDER_FIELD,
    ),
    _optional(
        "former_field",
        "Field of an earlier connector",
        "When another tool sent orders before: the deal's field in which it kept their ids, so that none is doubled.",
    ),
    _optional("delivery_field", "Delivery field", "User field of deals for the delivery method (text or list)."),
    _optional("address_field", "Address field", "User field of deals for the delivery address (text)."),
    _optional("payment_field", "Payment field", "User field of deals for the payment method (text or list)."),
    _optional("payment_status_field", "Payment status field", "User field of deals for the payment's status."),
    _choice(
        "leads_become",
        "Form leads become",
        "Leads, or deals of the pipeline above for portals that work without leads.",
        LeadsBecome.LEAD.value,
        ((LeadsBecome.LEAD.value, "Leads"), (LeadsBecome.DEAL.value, "Deals")),
    ),
    _optional(
        "with_companies",
        "Companies for business buyers",
        "On: an order with a company's name finds or makes that company.",
        FieldType.BOOLEAN,
        default=True,
    ),
    _choice(
        "edits",
        "Later edits in the shop",
        "Whether lines and amount of a deal follow the order after it was made.",
        Edits.WHILE_OPEN.value,
        (
            (Edits.WHILE_OPEN.value, "While the deal is open"),
            (Edits.ALWAYS.value, "Always"),
            (Edits.NEVER.value, "Never"),
        ),
    ),
    _choice(
        "deleted",
        "When staff deleted a deal",
        "What happens when its order changes again.",
        Deleted.RECREATE.value,
        ((Deleted.RECREATE.value, "Make it anew"), (Deleted.LEAVE.value, "Leave it deleted")),
    ),
    _choice(
        "plan",
        "Rate limit",
        "How many calls the portal takes.",
        Plan.STANDARD.value,
        (
            (Plan.STANDARD.value, "Cloud: 2 a second"),
            (Plan.ENTERPRISE.value, "Cloud, Enterprise: 5 a second"),
            (Plan.OWN.value, "Self-hosted: as below"),
        ),
    ),
    _optional(
        "own_rate", "Calls a second", "Only for a self-hosted portal: what its owner allows.", FieldType.INTEGER, 10
    ),
    _optional(
        "operating_limit_seconds",
        "Time of a method",
        "Seconds that one method may work in ten minutes: 480 in the cloud, 420 on a server where it is switched on, 0 "
        "where it is off. From four fifths of it on the hub waits.",
        FieldType.INTEGER,
        480,
    ),
    _optional(
        "ca_file",
        "Certificates",
        "Only for a self-hosted portal with a private certificate: path of the file on the hub's server.",
    ),
    _optional(
        "timeout_seconds",
        "Time-out in seconds",
        "How long to wait for an answer; Bitrix24 itself gives up after 60.",
        FieldType.INTEGER,
        DEFAULT_TIMEOUT_SECONDS,
    ),
)
