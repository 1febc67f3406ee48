"""A connector without a network, for the buttons that talk to another system."""

from collections.abc import Sequence

from connectors.contract.capabilities import Adapter
from connectors.contract.errors import AGAIN, Misconfigured, Retryable
from connectors.contract.results import AccountReport, Book, BookEntry, Check, SetupStep, Subscription
from connectors.contract.spec import ConnectorSpec, FieldType, Role, Services, SettingField, Settings


class Account:
    def __init__(self, settings: Settings) -> None:
        self._key = str(settings.get("api_key", ""))

    def verify(self) -> AccountReport:
        if self._key == "wrong":
            message = "The key is refused. Make a new one under Settings."
            raise Misconfigured(message)
        if self._key == "away":
            message = f"fake.example cannot be reached. {AGAIN}"
            raise Retryable(message)
        checks = [Check("Read orders", passed=True), Check("Write orders", passed=self._key == "all", cure="Tick it.")]
        return AccountReport("Fake account", "1.0", checks)


class Codes:
    def read_books(self) -> Sequence[Book]:
        return [Book("status", [BookEntry("new", "New"), BookEntry("done", "Done")])]


class Webhooks:
    def check(self, address: str) -> Sequence[Subscription]:
        return [Subscription("order", "active"), Subscription("customer", "disabled", note=f"not {address[:4]}")]

    def ensure(self, address: str) -> Sequence[Subscription]:
        assert address.startswith("http")
        return [Subscription("order", "active"), Subscription("customer", "active")]


def open_adapter(settings: Settings, services: Services) -> Adapter:
    return Adapter(account=Account(settings), codes=Codes(), webhook_manager=Webhooks())


def steps(settings: Settings, hook_address: str) -> Sequence[SetupStep]:
    return [SetupStep("Careless", "A step that names the key.", [("Key", str(settings.get("api_key", "")))])]


SPEC = ConnectorSpec(
    kind="fake",
    title="Fake",
    roles=frozenset({Role.STORE}),
    settings=(SettingField("api_key", "API key", "", FieldType.SECRET),),
    open=open_adapter,
    setup_steps=steps,
)
