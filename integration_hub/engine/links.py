"""Links: the same object's ids on all sides."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, connection, transaction

from .bulk import save_grouped
from .models import Link

_RACES = 5
"""Two lanes that link the same customer for the first time: one loses, reads again and joins the other's group."""

Side = tuple[int, str, str]
"""(connection, kind, id there)."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Two sides that are the same object, with the marks to keep on each."""

    left: Side
    right: Side
    right_url: str = ""
    left_aspects: Mapping[str, Any] = field(default_factory=dict)
    right_aspects: Mapping[str, Any] = field(default_factory=dict)


def sides(connection_id: int, kind: str, object_ids: Collection[str]) -> dict[str, Link]:
    """The link sides of those objects in one system, by id."""
    if not object_ids:
        return {}
    rows = Link.objects.filter(connection_id=connection_id, kind=kind, object_id__in=set(object_ids))
    return {row.object_id: row for row in rows}


def counterparts(links: Iterable[Link], connection_id: int) -> dict[uuid.UUID, Link]:
    """The side of each link in another system, by group."""
    groups = {link.group for link in links}
    if not groups:
        return {}
    rows = Link.objects.filter(connection_id=connection_id, group__in=groups).order_by("pk")
    return {row.group: row for row in rows}


def reached(links: Iterable[Link], connection_ids: Collection[int]) -> set[tuple[uuid.UUID, int]]:
    """(group, connection) for each of those systems that has a side of those links."""
    groups = {link.group for link in links}
    if not groups or not connection_ids:
        return set()
    rows = Link.objects.filter(connection_id__in=set(connection_ids), group__in=groups)
    return set(rows.values_list("group", "connection_id"))


def join(joints: Sequence[Joint]) -> None:
    """Record that two sides are one object, in bulk; call it inside the transaction that settles their items.

    A side that is linked already keeps its group and the other joins it. When both are linked apart, everything that
    was the same as the left side is now the same as the right one (two stores, one customer); only what the left side
    was linked to in the right side's own system stays behind, because the right side has taken its place.
    """
    if not joints:
        return
    for race in range(_RACES):
        try:
            with transaction.atomic():
                known = _known(joints)
                before = {link.pk: _state(link) for link in known.values()}
                for joint in joints:
                    _join_one(joint, known)
                _store(known, before)
        except IntegrityError:
            if race == _RACES - 1:
                raise
        else:
            return


def _known(joints: Sequence[Joint]) -> dict[Side, Link]:
    """The sides that are linked already, with all that is the same as they; locked in one order, so that two batches
    with the same customers never wait for each other."""
    wanted = {joint.left for joint in joints} | {joint.right for joint in joints}
    named = Link.objects.filter(
        connection_id__in={side[0] for side in wanted}, object_id__in={side[2] for side in wanted}
    )
    rows = Link.objects.filter(group__in=named.values("group")).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return {(row.connection_id, row.kind, row.object_id): row for row in rows}


def _join_one(joint: Joint, known: dict[Side, Link]) -> None:
    left, right = known.get(joint.left), known.get(joint.right)
    if left is not None and right is not None and left.group != right.group:
        _merge(left, right, known)
    group = right.group if right is not None else left.group if left is not None else uuid.uuid4()
    for side, aspects in ((joint.left, joint.left_aspects), (joint.right, joint.right_aspects)):
        row = known.get(side)
        if row is None:
            row = known[side] = Link(connection_id=side[0], kind=side[1], object_id=side[2])
        row.group = group
        row.aspects = {**row.aspects, **aspects}
    if joint.right_url:
        known[joint.right].url = joint.right_url


def _merge(left: Link, right: Link, known: Mapping[Side, Link]) -> None:
    old = left.group
    for row in known.values():
        if row.group == old and row.connection_id != right.connection_id:
            row.group = right.group


def _state(link: Link) -> tuple[Any, ...]:
    return link.group, link.aspects, link.url


def _store(known: Mapping[Side, Link], before: Mapping[int, tuple[Any, ...]]) -> None:
    Link.objects.bulk_create([link for link in known.values() if link.pk not in before])
    changed = [link for link in known.values() if link.pk in before and before[link.pk] != _state(link)]
    save_grouped(changed, ["group", "aspects", "url"])


def save_aspects(links: Sequence[Link]) -> None:
    save_grouped(links, ["aspects"])
