"""A stand-in for RetailCRM: API v5 as a store integration meets it, and the people who work in the CRM.

Written from the vendor's rules for API v5 and recorded answers, not from our client, so that the two can disagree:
nothing of it is imported here.

Serve it with ``manage.py sandbox retailcrm --port N``; options of ``make`` go as ``retailcrm:currency=EUR``. The API
key is ``sandbox-key`` unless ``make`` is given another. Start to read in ``server``.
"""

from connectors.retailcrm.sandbox.caller import hook_headers, settings_for
from connectors.retailcrm.sandbox.server import make

__all__ = ["hook_headers", "make", "settings_for"]
