"""A stand-in for a Bitrix24 portal: the REST methods that a store integration meets, and the managers who work there.

Written from the vendor's documentation and recorded answers, not from our client, so that the two can disagree: nothing
of it is imported here. Start to read in ``server``.
"""

from connectors.bitrix24.sandbox.caller import hook_headers, settings_for
from connectors.bitrix24.sandbox.server import make

__all__ = ["hook_headers", "make", "settings_for"]
