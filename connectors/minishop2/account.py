"""The Verify button: whether plug-in, secret and clock fit, and whether the shop is in order."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.contract.errors import ConnectorError
from connectors.contract.results import AccountReport, Check
from connectors.toolkit.lenient import Reading, as_map, identifier, plain, text

from .client import Client
from .config import Config
from .errors import BAD_SIGNATURE, CLOCK, NO_PLUGIN

PROTOCOL = 1
NEEDED = frozenset(
    {"ping", "dictionaries", "order.get", "order.list", "order.set_status", "customer.get", "customer.list",
     "product.get", "product.list", "category.list"}
)  # fmt: skip
"""Commands without which the connection is not whole. ``order.set_paid`` and ``order.set_number`` may be missing."""

MOST_SKEW = timedelta(seconds=60)
"""Calls are refused from 300 s on; a clock that is a minute off will get there."""

MOST_PENDING = 100
MOST_AGE = timedelta(minutes=15)
"""The plug-in sends at once, and at the latest a minute later."""

ENGINES = {"minishop2": "miniShop2", "minishop3": "MiniShop3"}
BROKEN_VERSION = "4.4.1"
"""Of miniShop2: with a plug-in on its status events new orders may stay without a status (modx-pro/miniShop2 #950)."""

_CURES = {
    BAD_SIGNATURE: ("Secret", "Copy the signing secret of this connection into the plug-in's setting “secret”."),
    CLOCK: ("Clock", "Set the clock of the shop's server right (NTP). A call may be five minutes off."),
    NO_PLUGIN: ("Plug-in", "Install the package hubconnector in the shop, and check the shop address."),
}


class Account:
    def __init__(self, client: Client, config: Config) -> None:
        self._client = client
        self._config = config

    def verify(self) -> AccountReport:
        """One ``ping``. Never raises: whatever is wrong is a check."""
        try:
            answer = self._client.ping()
        except ConnectorError as fault:
            name, cure = _CURES.get(fault.code, ("Connection", "Correct what is said here, then press Verify again."))
            checks = [*self._address(), Check(name, False, fault.message, cure)]
            return AccountReport(account=self._config.shop, version="", checks=checks)
        checks = [
            *self._address(),
            Check("Secret", True, "The plug-in took a signed call." + self._rotation()),
            *_engine(answer),
            *_plugin(answer),
            *self._clock(answer),
            *_outbox(answer),
            *self._currency(answer),
            *self._weight(answer),
            *_warnings(answer),
        ]
        return AccountReport(account=self._config.shop, version=_version(answer), checks=checks)

    def _address(self) -> Iterator[Check]:
        if self._config.shop.startswith("https://"):
            yield Check("Address", True, "Called over https.")
        elif self._config.is_private:
            yield Check("Address", True, "Called without https, inside your own network.")
        else:
            cure = "Enter the address with https://. Signatures keep strangers out, but not from reading along."
            yield Check("Address", False, "The shop is called without https.", cure)

    def _rotation(self) -> str:
        return " Two secrets are in use; empty the previous one when the shop has the new one." * (
            len(self._config.secrets) > 1
        )

    def _clock(self, answer: Mapping[str, Any]) -> Iterator[Check]:
        time = Reading().zoned(answer, "time")
        if time is None:
            yield Check("Clock", False, "The shop does not tell its time.", "Update the plug-in.")
            return
        off = time - self._client.now()
        seconds = round(abs(off).total_seconds())
        if abs(off) <= MOST_SKEW:
            yield Check("Clock", True, f"{seconds} s off.")
        else:
            message = f"The shop's clock is {seconds} s {'ahead of' if off > timedelta(0) else 'behind'} the hub's."
            cure = "Set both clocks by NTP. From 300 s on, calls are refused in both directions."
            yield Check("Clock", False, message, cure)

    def _currency(self, answer: Mapping[str, Any]) -> Iterator[Check]:
        said, ours = text(answer.get("currency")).upper(), self._config.currency
        if not said and not ours:
            message = "Nobody knows the shop's currency: miniShop2 keeps none."
            cure = "Enter it here, or in the plug-in's setting “currency”. Until then no order can be read."
            yield Check("Currency", False, message, cure)
        elif said and ours and said != ours:
            message = f"The plug-in says {said[:3]}, this connection {ours}. Orders are read in {ours}."
            yield Check("Currency", False, message, "Correct the one that is wrong.")
        else:
            yield Check("Currency", True, f"Orders are in {ours or said[:3]}.")

    def _weight(self, answer: Mapping[str, Any]) -> Iterator[Check]:
        said, ours = text(answer.get("weight_unit")).lower(), self._config.weight_unit
        if ours is None and said not in {"g", "kg", "lb", "oz"}:
            cure = "Choose the unit in which the shop's weights are entered."
            yield Check("Weight", False, "The unit of weights is not known, so weights are left out.", cure)
        else:
            yield Check("Weight", True, f"Weights are in {ours.value if ours else said}.")


def _engine(answer: Mapping[str, Any]) -> Iterator[Check]:
    engine, version = text(answer.get("engine")).lower(), plain(answer.get("engine_version"), 40)
    named = f"{ENGINES.get(engine, engine or 'unknown')} {version}".strip()
    modx, php = plain(answer.get("modx_version"), 40), plain(answer.get("php_version"), 40)
    if engine not in ENGINES:
        yield Check("Shop", False, f"The shop says that it is “{named}”.", "Install miniShop2 or MiniShop3.")
    elif engine == "minishop2" and version.partition("-")[0] == BROKEN_VERSION:
        message = f"{named} has a fault: new orders may stay without a status when a plug-in listens to status events."
        yield Check("Shop", False, message, "Update miniShop2 to a version after 4.4.1.")
    else:
        yield Check("Shop", True, f"{named} on MODX {modx}, PHP {php}.")


def _plugin(answer: Mapping[str, Any]) -> Iterator[Check]:
    version = plain(answer.get("plugin"), 40) or "of an unknown version"
    protocol = identifier(answer.get("protocol")) or "1"
    actions = answer.get("actions")
    missing = sorted(NEEDED - set(map(text, actions))) if isinstance(actions, list) and actions else []
    if protocol != str(PROTOCOL):
        message = f"The plug-in {version} speaks version {protocol[:10]} of the protocol, this hub {PROTOCOL}."
        yield Check("Plug-in", False, message, "Update the hub, or put the plug-in back to the version before.")
    elif missing:
        message = f"The plug-in {version} is older than this hub: it cannot do {', '.join(missing)}."
        yield Check("Plug-in", False, message, "Update the plug-in in the shop.")
    else:
        yield Check("Plug-in", True, f"hubconnector {version}.")


def _outbox(answer: Mapping[str, Any]) -> Iterator[Check]:
    box, reading = as_map(answer.get("outbox")), Reading()
    pending, failed = reading.amount(box, "pending", "outbox"), reading.amount(box, "failed", "outbox")
    oldest, now = reading.zoned(box, "oldest"), reading.zoned(answer, "time")
    waits = now - oldest if oldest is not None and now is not None and pending else timedelta(0)
    if failed:
        message = f"The plug-in has given up on {failed} events."
        yield Check("Events", False, message, "Press “send again” in the plug-in's page; a poll reads orders anyway.")
    elif pending > MOST_PENDING or waits > MOST_AGE:
        minutes = int(waits.total_seconds() // 60)
        message = f"{pending} events wait in the shop, the oldest for {minutes} minutes."
        cure = "Check the plug-in's setting “hub_url” and that cron runs its cli/flush.php every minute."
        yield Check("Events", False, message, cure)
    else:
        yield Check("Events", True, f"{pending} waiting in the shop.")


def _warnings(answer: Mapping[str, Any]) -> Iterator[Check]:
    """What the plug-in itself noticed. The broken version of miniShop2 is told by us in any case."""
    for row in answer.get("warnings") or () if isinstance(answer.get("warnings"), list) else ():
        warning = as_map(row)
        message = plain(warning.get("message"), 300) or plain(row, 300)
        if message and text(warning.get("code")) != "minishop2_4_4_1":
            yield Check("Notice of the plug-in", False, message, "See the plug-in's README.")


def _version(answer: Mapping[str, Any]) -> str:
    engine = text(answer.get("engine")).lower()
    named = ENGINES.get(engine, plain(engine, 40))
    return f"{named} {plain(answer.get('engine_version'), 40)}, plug-in {plain(answer.get('plugin'), 40)}"
