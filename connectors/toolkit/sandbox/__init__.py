"""What every stand-in of a vendor's system is built on: a small real HTTP server with faults on demand.

``frame`` is the server with its routes and its control desk, ``faults`` what it does wrong when told to, ``listener``
the HTTP under it, ``background`` the webhooks and triggers that a stand-in sends by itself; of shops, ``senders`` with
their ``line`` and ``ledger`` send webhooks by the switches of the fault tests, and ``traffic`` is who buys. For tests,
the demo and the benchmark; no connector needs it to do its work. The stand-ins themselves are
``connectors/<system>/sandbox/``, served by ``manage.py sandbox KIND... --port N``.
"""

from connectors.toolkit.sandbox.faults import Faults
from connectors.toolkit.sandbox.frame import Reply, Request, Sandbox

__all__ = ["Faults", "Reply", "Request", "Sandbox"]
