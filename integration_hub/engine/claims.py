"""Who is just being made: lanes of one system share its people, and a system may have no key that keeps copies out."""

from collections.abc import Collection

from django.utils import timezone

from .models import Claim, Lane


def take(connection_id: int, keys: Collection[str], owner: str) -> set[str]:
    """Claims what nobody else has claimed; returns what is ``owner``'s now. A claim of a worker that no longer holds a
    lane counts for nothing."""
    if not keys:
        return set()
    holders = _insert(connection_id, keys, owner)
    others = set(holders.values()) - {owner}
    if others:
        held = Lane.objects.filter(lease_owner__in=others, lease_until__gt=timezone.now())
        lost = others - set(held.values_list("lease_owner", flat=True))
        if lost:
            Claim.objects.filter(owner__in=lost).delete()
            holders = _insert(connection_id, keys, owner)
    return {key for key, holder in holders.items() if holder == owner}


def release(owner: str) -> None:
    Claim.objects.filter(owner=owner).delete()


def _insert(connection_id: int, keys: Collection[str], owner: str) -> dict[str, str]:
    """In one order for everybody: two lanes that wait for each other's rows would never end."""
    rows = [Claim(connection_id=connection_id, key=key, owner=owner) for key in sorted(keys)]
    Claim.objects.bulk_create(rows, ignore_conflicts=True)
    return dict(Claim.objects.filter(connection_id=connection_id, key__in=keys).values_list("key", "owner"))
