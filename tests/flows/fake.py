"""A connector whose sinks do what a test tells them: for faults that no well-made stand-in shows."""

from collections.abc import Callable, Sequence
from typing import Any

from connectors.contract.capabilities import Adapter
from connectors.contract.results import OrderDraft, Outcome, Written
from connectors.contract.spec import ConnectorSpec, Role, Services, Settings

Behaviour = Callable[[Sequence[OrderDraft]], Sequence[Outcome]]


def write_all(drafts: Sequence[OrderDraft]) -> Sequence[Outcome]:
    return [Written(f"crm-{draft.external_id}") for draft in drafts]


class Sink:
    """An order sink that notes what it is given."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.max_batch = 50
        self.behaviour: Behaviour = write_all
        self.batches: list[list[str]] = []
        self.drafts: list[OrderDraft] = []
        self.opening: Exception | None = None

    def put_orders(self, drafts: Sequence[OrderDraft]) -> Sequence[Outcome]:
        self.batches.append([draft.external_id for draft in drafts])
        self.drafts += drafts
        return self.behaviour(drafts)


sink = Sink()
"""Emptied by the fixture ``fake_crm``."""


def _open(_settings: Settings, _services: Services) -> Adapter:
    if sink.opening is not None:
        raise sink.opening
    return Adapter(order_sink=sink)


SPEC = ConnectorSpec(kind="fake", title="Fake", roles=frozenset({Role.CRM}), settings=(), open=_open)


def breaks_on(number: str, error: Exception) -> Behaviour:
    """Raises for every batch that holds that order; for every batch when it is empty."""

    def put(drafts: Sequence[Any]) -> Sequence[Outcome]:
        if not number or any(draft.external_id == number for draft in drafts):
            raise error
        return write_all(drafts)

    return put
