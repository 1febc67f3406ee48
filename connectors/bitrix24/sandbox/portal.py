"""The pretended portal: what it holds and how it behaves. Lives under the sandbox's lock."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from typing import Any

from connectors.bitrix24.sandbox import data
from connectors.bitrix24.sandbox.data import COMPANY, CONTACT, DEAL, LEAD
from connectors.bitrix24.sandbox.wire import Json, Refusal

ZONE = timezone(timedelta(hours=3))
"""Times carry the portal's offset, which is not UTC."""

NAMES = {LEAD: "LEAD", DEAL: "DEAL", CONTACT: "CONTACT", COMPANY: "COMPANY"}
FIRST = {LEAD: 201, DEAL: 5001, CONTACT: 2001, COMPANY: 3001}
"""Far apart, so that an id taken for another kind of object is noticed."""


@dataclass(slots=True)
class Options:
    """How this portal behaves where real ones differ, or where the vendor's rule is not settled."""

    mode: int = 1  # crm.settings.mode.get: 1 with leads, 2 without
    tells_operating: bool = True  # some portals leave the figures out
    operating_cost: float = 0.05  # seconds that a command takes
    operating_limit: float = 480.0
    spent: dict[str, float] = field(default_factory=dict)  # seconds that a method has worked before
    blocked: list[str] = field(default_factory=list)  # methods that have used up their time, whatever they cost
    bills_batch: bool = False  # the whole batch is billed to "batch", as one client measured
    is_admin: bool = True  # of the webhook's owner
    has_import: bool = True  # older self-hosted portals lack crm.item.batchImport
    moved_to: str = ""  # the portal was renamed: every call is redirected there
    required: list[str] = field(default_factory=list)  # fields of deals that staff made compulsory
    scopes: list[str] = field(default_factory=lambda: list(data.SCOPES))
    drain_per_second: float = 2.0
    bucket: int = 50

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Raises KeyError for an unknown option."""
        for name, value in wanted.items():
            if name not in Options.__slots__:
                raise KeyError(name)
            setattr(self, name, value)


@dataclass(slots=True)
class Portal:
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    options: Options = field(default_factory=Options)
    refuses: Callable[..., bool] = lambda *_names: False
    log: Callable[..., None] = lambda *_facts, **_more: None
    happened: Callable[[str, Json], None] = lambda _event, _item: None
    items: dict[int, dict[int, Json]] = field(default_factory=dict)
    rows: dict[tuple[str, int], list[Json]] = field(default_factory=dict)
    history: list[Json] = field(default_factory=list)
    user_fields: list[Json] = field(default_factory=list)
    users: list[Json] = field(default_factory=list)
    categories: list[Json] = field(default_factory=list)
    statuses: list[Json] = field(default_factory=list)
    currencies: list[Json] = field(default_factory=list)
    methods: Counter[str] = field(default_factory=Counter)
    counters: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, "count[int]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """A new portal again; options stay."""
        self.items = {entity: {} for entity in NAMES}
        self.rows, self.history, self.user_fields = {}, [], []
        self.users, self.categories = data.users(), data.categories()
        self.statuses, self.currencies = data.statuses(), data.currencies()
        self.methods.clear()
        self.counters.clear()
        self.numbers = {NAMES[entity]: count(first) for entity, first in FIRST.items()}
        self.numbers |= {"history": count(1), "row": count(17001), "fm": count(401), "field": count(6001)}

    def now(self) -> str:
        return self.clock().astimezone(ZONE).isoformat(timespec="seconds")

    def next_id(self, name: str) -> int:
        return next(self.numbers[name])

    def item(self, entity: int, id: int) -> Json:
        """Raises Refusal for one that does not exist."""
        found = self.items[entity].get(id)
        if found is None:
            raise Refusal(400, "NOT_FOUND", "Item not found")
        return found

    def stage(self, code: str, category: int, *, entity: int = DEAL) -> Json | None:
        """The stage of that pipeline; None when it is of another one."""
        name = "STATUS" if entity == LEAD else "DEAL_STAGE" if category == 0 else f"DEAL_STAGE_{category}"
        return next((row for row in self.statuses if row["ENTITY_ID"] == name and row["STATUS_ID"] == code), None)

    def first_stage(self, category: int) -> str:
        name = "DEAL_STAGE" if category == 0 else f"DEAL_STAGE_{category}"
        return str(next(row["STATUS_ID"] for row in self.statuses if row["ENTITY_ID"] == name))

    def fields_of(self, entity: int) -> set[str]:
        """Names of the user fields that exist for that type."""
        return {row["FIELD_NAME"] for row in self.user_fields if row["ENTITY_ID"] == f"CRM_{NAMES[entity]}"}

    def note_stage(self, type: int, deal: Json) -> None:
        self.history.append(
            {
                "ID": self.next_id("history"), "TYPE_ID": type, "OWNER_ID": deal["id"], "CREATED_TIME": self.now(),
                "CATEGORY_ID": deal["categoryId"], "STAGE_SEMANTIC_ID": deal["stageSemanticId"],
                "STAGE_ID": deal["stageId"],
            }
        )  # fmt: skip
