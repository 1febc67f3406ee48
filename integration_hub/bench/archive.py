"""The row "archive": all that a shop has, customers first, then orders, uploaded in fifties."""

from time import monotonic, sleep
from typing import Any

from integration_hub.engine.models import Backfill
from integration_hub.flows import actions

CUSTOMERS_PER_ORDER = 0.1
GUEST_SHARE = 0.05
"""Of the orders; each guest is another person who buys about twenty times."""


def prepare(bench: Any, orders: int) -> int:
    """Fill the shop with its past; returns how many accounts it has. The CRM is known to be empty."""
    bench.shop.post(
        "history",
        {
            "orders": orders,
            "customers": max(int(orders * CUSTOMERS_PER_ORDER), 10),
            "guests": max(int(orders * GUEST_SHARE / 20), 2),
            "guest_share": GUEST_SHARE,
            "everyone_has_email": True,
            "seed": 1,
        },
    )
    bench.crm.settings = {**bench.crm.settings, "find_guests": False}
    bench.crm.save(update_fields=["settings", "updated_at"])
    return int(bench.shop.get("state")["customers"])


class Archive:
    """Both backfills, and what their progress said while they ran."""

    def __init__(self, bench: Any) -> None:
        self._bench = bench
        self.customers = actions.start_backfill(bench.route, "customers")
        self.orders = actions.start_backfill(bench.route, "orders")
        self.shares: list[int] = []
        self.calls_for_customers = 0
        self.seconds_for_customers = 0.0
        self._began = monotonic()

    def wait(self, customers: int, orders: int, patience: float) -> None:
        """Until the CRM has all of them; raises TimeoutError."""
        end = monotonic() + patience
        while monotonic() < end:
            state = self._bench.crm_state()
            if not self.calls_for_customers and state["customers"] >= customers:
                self.calls_for_customers = int(state["total_calls"])
                self.seconds_for_customers = monotonic() - self._began
            self._note_progress()
            if state["orders"] >= orders:
                return
            sleep(0.2)
        message = f"not finished after {patience:.0f} s"
        raise TimeoutError(message)

    def _note_progress(self) -> None:
        row = Backfill.objects.filter(pk=self.orders.pk).values("read", "total").get()
        if row["total"]:
            self.shares.append(100 * row["read"] // row["total"])

    def is_steady(self) -> bool:
        """Whether progress never went back and ended at 100 %."""
        return bool(self.shares) and self.shares == sorted(self.shares) and self.shares[-1] == 100

    def troubles(self) -> dict[str, int]:
        return {
            run.flow: run.unreadable + actions.backfill_counts(run).troubled
            for run in Backfill.objects.filter(pk__in=[self.customers.pk, self.orders.pk])
        }
