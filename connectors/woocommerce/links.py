"""Addresses of the shop: where staff look at an order, and when two addresses name the same shop."""

from contextlib import suppress
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def order_url(site: str, order_id: str) -> str:
    """The order in the shop's admin. Shops with the old storage forward from here to the post."""
    return f"{site.strip().rstrip('/')}/wp-admin/admin.php?page=wc-orders&action=edit&id={order_id}"


def shop_name(address: str) -> str:
    """Host, port unless it is the scheme's own, and path: the same for http and https, with and without a slash.

    Empty when the address names no host.
    """
    try:
        parts = urlsplit(address.strip() if "://" in address else f"https://{address.strip()}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    with suppress(UnicodeError):  # a name that is no host name is compared as it is written
        host = host.encode("idna").decode("ascii")
    number = "" if port is None or port in _DEFAULT_PORTS.values() else f":{port}"
    return f"{host.lower().rstrip('.')}{number}{parts.path.rstrip('/')}" if host else ""
