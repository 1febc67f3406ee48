"""A Magento 2 shop: its REST API with signed calls, searches, documents and actions, and shoppers who buy.

Our companion module is installed (``outbox``): it sends its events as soon as ``POST /__sandbox__/webhooks`` has given
it an address. The control desk (``desk``) speaks as that of the WooCommerce stand-in.

Written from what is known of Magento 2.3 to 2.4.8 (documentation, source, issues); nothing of the connector is imported
here, so that the two can disagree. The awkward parts are meant: the last page repeats, a comment without a status takes
the order's own away (before 2.4.7), ``cancel`` answers 200 and false.

Serve it with ``manage.py sandbox magento2 --port N``; options of ``make`` go as ``magento2:version=2.4.3``. Start to
read in ``server``.
"""

from connectors.magento2.sandbox.auth import KEYS, sign_event
from connectors.magento2.sandbox.caller import hook_headers, settings_for
from connectors.magento2.sandbox.server import make

__all__ = ["KEYS", "hook_headers", "make", "settings_for", "sign_event"]
