"""A MODX shop with miniShop2 (or MiniShop3) and the companion plug-in: events out, commands in, and shoppers who buy.

Written from companions/modx/PROTOCOL.md and what is known of miniShop2 4.4 (status rules, numbers, made-up e-mails);
nothing of the connector is imported here, so that the two can disagree.

Serve it with ``manage.py sandbox minishop2 --port N``; options of ``make`` go as ``minishop2:currency=EUR``. Both
directions are signed with SECRET unless told otherwise; where events go is told to its control ``hub``. Start to read
in ``server``.
"""

from connectors.minishop2.sandbox.caller import hook_headers, settings_for
from connectors.minishop2.sandbox.server import make
from connectors.minishop2.sandbox.signing import SECRET

__all__ = ["SECRET", "hook_headers", "make", "settings_for"]
