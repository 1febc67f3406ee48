"""A WooCommerce shop to talk to: wc/v3 over real HTTP, webhooks that it sends, and shoppers who buy.

Written after WooCommerce 10.7 on WordPress 6.8, from their documentation, their published code and answers of a live
shop; apart from this connector's own client, so that the two can disagree: nothing of it is imported here.

Serve it with ``manage.py sandbox woocommerce --port N``; options of ``make`` go as ``woocommerce:name=Outlet``. Callers
sign in with KEY and SECRET, or with READ_ONLY_KEY and READ_ONLY_SECRET. Start to read in ``server``.
"""

from connectors.woocommerce.sandbox.caller import hook_headers, settings_for
from connectors.woocommerce.sandbox.server import KEY, READ_ONLY_KEY, READ_ONLY_SECRET, SECRET, ShopSandbox, make

__all__ = ["KEY", "READ_ONLY_KEY", "READ_ONLY_SECRET", "SECRET", "ShopSandbox", "hook_headers", "make", "settings_for"]
