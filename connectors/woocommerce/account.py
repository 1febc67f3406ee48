"""Which shop this is, and what the key may not do yet."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.contract.errors import ConnectorError, Misconfigured, Rejected
from connectors.contract.results import AccountReport, Check
from connectors.woocommerce import client
from connectors.woocommerce.lenient import as_map, plain, text
from connectors.woocommerce.links import shop_name
from connectors.woocommerce.transport import Mode, Transport

NAMESPACE = "wc/v3"

_MODES = {
    Mode.BASIC: "HTTP Basic",
    Mode.QUERY: "key in the query string (the server drops the sign-in header)",
    Mode.OAUTH: "OAuth 1.0a signature (the site is, or believes to be, on plain http)",
}


class Account:
    """``account`` capability. Changes nothing in the shop: the right to write is tried with an empty batch."""

    def __init__(self, shop: Transport) -> None:
        self._shop = shop

    def verify(self) -> AccountReport:
        """Raises Misconfigured when there is no WordPress API at the address, Retryable when it does not answer."""
        site = as_map(self._shop.discover())
        if not isinstance(site.get("namespaces"), list):
            message = "There is no WordPress REST API at this address. Check the site address in the settings."
            raise Misconfigured(message, code="no_wordpress")
        name = plain(site.get("name")) or self._shop.site
        checks = [_api(site), self._address(site)]
        sign_in = self._sign_in()
        if not (checks[0].passed and sign_in.passed):
            return AccountReport(name, "", [*checks, sign_in])
        rights = [
            _try("Read orders", lambda: client.orders_by_id(self._shop, ["1"], fields="id")),
            _try("Read customers", lambda: client.customers(self._shop, offset=0, per_page=1)),
            _try("Change orders", lambda: client.try_write(self._shop)),
            _try("Manage webhooks", lambda: client.webhooks(self._shop)),
            _try("Read payment and delivery methods", lambda: client.payment_gateways(self._shop)),
        ]
        return AccountReport(name, self._version(), [*checks, sign_in, *rights, self._facts(site)])

    def _address(self, site: Mapping[str, Any]) -> Check:
        """The shop signs webhooks as, and checks signatures against, its own idea of its address."""
        home = text(site.get("home")) or text(site.get("url"))
        if not home or shop_name(home) == shop_name(self._shop.site):
            return Check("Site address", passed=True, message=home)
        return Check(
            "Site address",
            passed=False,
            message=f"The shop calls itself {home}.",
            cure="Enter exactly that as the site address, or webhooks will be refused as coming from another shop.",
        )

    def _sign_in(self) -> Check:
        name = "Sign-in"
        mode = self._shop.probe()
        if mode is not None:
            return Check(name, passed=True, message=_MODES[mode])
        return Check(
            name,
            passed=False,
            message="The shop accepts the key in none of the ways that were tried.",
            cure=(
                "Check consumer key and secret, and that the key's user is a Shop manager. If they are right: enter "
                "the https address, and let the server pass the Authorization header on to PHP."
            ),
        )

    def _version(self) -> str:
        try:
            found = client.versions(self._shop)
        except ConnectorError:
            return ""  # the system status needs a right of its own, and only tells what is nice to know
        names = (("WooCommerce", found.get("version")), ("WordPress", found.get("wp_version")))
        return ", ".join(f"{name} {text(version)}" for name, version in names if text(version))

    def _facts(self, site: Mapping[str, Any]) -> Check:
        try:
            currency = client.currency(self._shop)
        except ConnectorError:
            currency = ""
        offset = text(site.get("gmt_offset"))
        zone = text(site.get("timezone_string")) or (f"UTC{offset if offset.startswith('-') else '+' + offset}")
        return Check("Shop", passed=True, message=f"Currency {currency or 'unknown'}, time zone {zone}.")


def _api(site: Mapping[str, Any]) -> Check:
    if NAMESPACE in site["namespaces"]:
        return Check("WooCommerce API", passed=True, message=NAMESPACE)
    return Check(
        "WooCommerce API",
        passed=False,
        message=f"The site does not offer {NAMESPACE}.",
        cure="Switch on the plugin WooCommerce (3.5 or newer), and allow its REST API in security plugins.",
    )


def _try(name: str, call: Callable[[], object]) -> Check:
    """A right, tried by using it. What passes by itself (a busy shop) is raised and not reported as missing."""
    try:
        call()
    except (Misconfigured, Rejected) as problem:
        says, _, cure = problem.message.partition(". ")
        return Check(name, passed=False, message=f"{says}.", cure=cure)
    return Check(name, passed=True)
