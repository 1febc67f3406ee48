"""The pages of staff. Django's autodiscovery imports this package; each module registers its own models.

All of them live here and not in their apps, because they call ``flows``, which the apps below must not import.
"""

from . import backfills, comparisons, connections, feeds, incidents, lanes, logs, outbox, records, routes, system

__all__ = [
    "backfills",
    "comparisons",
    "connections",
    "feeds",
    "incidents",
    "lanes",
    "logs",
    "outbox",
    "records",
    "routes",
    "system",
]
