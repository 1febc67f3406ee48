"""The four roles of staff, as Django groups, and what each may do.

They are made by ``setup_roles`` and not by a data migration: Django creates the permissions only after the last
migration has run, so a migration that hands them out would have to create them by itself, in a second place.
"""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import Group, Permission
from django.db import transaction

VIEWER, OPERATOR, INTEGRATOR, ADMINISTRATOR = "viewer", "operator", "integrator", "administrator"

_SEEN = {
    "catalog": ("catalogfeed",),
    "connections": ("storeconnection", "crmconnection", "route"),
    "records": ("orderrecord", "customerrecord"),
    "engine": (
        "outboxitem",
        "inboxevent",
        "attempt",
        "exchange",
        "lane",
        "link",
        "cursor",
        "backfill",
        "backfillfault",
        "reconcilerun",
        "drift",
    ),
    "mappings": ("bookentry", "coderule", "fieldrule", "seencode", "managerrule"),
    "watch": ("incident",),
}
_REPAIRED = {
    "catalog": ("catalogfeed",),
    "engine": ("outboxitem", "inboxevent", "lane", "backfill", "reconcilerun", "cursor"),
    "records": ("orderrecord", "customerrecord"),
}
"""For these, "change" means the buttons: send again, replay, pause. None of them has a form."""
_BUILT = {
    "connections": ("storeconnection", "crmconnection", "route"),
    "mappings": ("bookentry", "coderule", "fieldrule", "seencode", "managerrule"),
}


def _names(verbs: Iterable[str], models: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    return {(app, f"{verb}_{model}") for app, found in models.items() for model in found for verb in verbs}


_VIEWER = _names(["view"], _SEEN)
_OPERATOR = _VIEWER | _names(["change"], _REPAIRED) | {("engine", "add_reconcilerun")}
_INTEGRATOR = _OPERATOR | _names(["add", "change", "delete"], _BUILT) | {("engine", "add_backfill")}
_ADMINISTRATOR = _INTEGRATOR | _names(["view", "add", "change", "delete"], {"auth": ("user", "group")})

ROLES: Mapping[str, set[tuple[str, str]]] = {
    VIEWER: _VIEWER,
    OPERATOR: _OPERATOR,
    INTEGRATOR: _INTEGRATOR,
    ADMINISTRATOR: _ADMINISTRATOR,
}
"""Role -> (app, codename). A name whose model is not installed is passed over."""


@transaction.atomic
def setup_roles() -> dict[str, int]:
    """Make the groups and bring their permissions up to date; returns how many each has. Safe to repeat.

    Only permissions are added: what an administrator took away by hand comes back with the next update, what was given
    beyond the role stays.
    """
    wanted = set().union(*ROLES.values())
    found = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in Permission.objects.filter(
            codename__in={codename for _app, codename in wanted},
            content_type__app_label__in={app for app, _codename in wanted},
        ).select_related("content_type")
    }
    given: dict[str, int] = {}
    for role, names in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        permissions = [found[name] for name in sorted(names) if name in found]
        group.permissions.add(*permissions)
        given[role] = len(permissions)
    return given
