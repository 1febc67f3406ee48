"""A stand-in for a shop without a platform: pushes its orders to the hub and receives status webhooks from it.

What it pushes is in the format of ``docs/push-api.md``; signatures are those of Standard Webhooks
(https://www.standardwebhooks.com), made and checked with the scheme's own library. Nothing of the connector is imported
here, so that the two can disagree.

Serve it with ``manage.py sandbox custom_cms --port N``. Both directions are signed with SECRET unless told otherwise;
where to push is told to its control ``push``. Start to read in ``server``.
"""

from connectors.custom_cms.sandbox.caller import hook_headers, settings_for
from connectors.custom_cms.sandbox.server import SECRET, make

__all__ = ["SECRET", "hook_headers", "make", "settings_for"]
