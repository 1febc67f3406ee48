"""The whole shop: rows and rules in ``shop``, commands in ``api``, events in ``outbox``, controls: ``desk``."""

from collections.abc import Callable
from datetime import UTC, datetime

from connectors.minishop2.sandbox.api import Api
from connectors.minishop2.sandbox.desk import Desk
from connectors.minishop2.sandbox.outbox import Outbox
from connectors.minishop2.sandbox.shop import Shop
from connectors.minishop2.sandbox.signing import SECRET
from connectors.toolkit.sandbox import Reply, Sandbox

API = "/assets/components/hubconnector/api.php"
NOT_FOUND_PAGE = "<!DOCTYPE html><html><head><title>404</title></head><body><h1>Page not found</h1></body></html>"


def make(
    port: int = 0,
    *,
    currency: str = "RUB",
    secret: str = SECRET,
    engine: str = "minishop2",
    first_order_id: int = 1001,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Sandbox:
    """A shop without orders. ``engine``: minishop2 or minishop3."""
    sandbox = Sandbox("minishop2", port=port)
    shop = Shop(clock, currency, first_order_id, engine, "1.11.0-pl" if engine == "minishop3" else "4.4.2-pl")
    outbox = Outbox(sandbox, shop, [secret])
    api, desk = Api(sandbox, shop, outbox), Desk(sandbox, shop, outbox)
    sandbox.route("POST", API, api.receive)
    sandbox.route("GET", API, api.wrong_method)
    sandbox.fallback = lambda _request: Reply(404, NOT_FOUND_PAGE)
    for name, handler in (
        ("hub", desk.hub),
        ("sleep", desk.sleep),
        ("plugin", desk.plugin),
        ("shop", desk.go_shopping),
        ("lead", desk.lead),
        ("set_status", desk.set_status),
        ("change", desk.change),
        ("edit", desk.edit),
        ("remove", desk.remove),
        ("draft", desk.draft),
        ("product", desk.product),
        ("customer", desk.customer),
    ):
        sandbox.control("POST", name, handler)
    for name, handler in (
        ("orders", desk.orders),
        ("view", desk.view),
        ("status_writes", desk.status_writes),
        ("deliveries", desk.deliveries),
    ):
        sandbox.control("GET", name, handler)
    sandbox.add_state(desk.state)

    def reset() -> None:
        desk.send_home()
        shop.clear()
        outbox.clear()
        outbox.secrets, shop.currency = [secret], currency
        shop.engine_version = "1.11.0-pl" if engine == "minishop3" else "4.4.2-pl"

    sandbox.on_reset(reset)
    return sandbox
