"""The small world of the flows' tests: two stand-ins over real HTTP and the hub between them."""

from tests.flows.conftest import boxes, quick, running_crm, running_shop, world

__all__ = ["boxes", "quick", "running_crm", "running_shop", "world"]
