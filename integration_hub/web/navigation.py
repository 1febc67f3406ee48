"""The side bar: what staff use most comes first; a badge where somebody has to act. A few indexed queries a page."""

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from integration_hub.connections.models import Connection
from integration_hub.engine.models import Lane, OutboxItem
from integration_hub.watch.models import Incident
from mappings.rules import count_unmapped

Item = dict[str, Any]

MOST_COUNTED = 100
"""Beyond this a badge says "99+": the number is no longer what matters."""


def items(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation: groups of links that this member of staff may open."""
    user: Any = request.user
    groups = [
        (
            None,
            [
                {"title": _("Dashboard"), "icon": "dashboard", "link": reverse("admin:index")},
                _item(user, "records", "orderrecord", _("Orders"), "receipt_long"),
                _item(user, "records", "customerrecord", _("Customers"), "group"),
            ],
        ),
        (
            _("To do"),
            [
                _item(user, "watch", "incident", _("Incidents"), "notification_important", badge=incident_badge),
                _dead_letters(request, user),
                _unmapped(user),
            ],
        ),
        (
            _("Set up"),
            [
                _item(
                    user,
                    "connections",
                    "storeconnection",
                    _("Store connections"),
                    "storefront",
                    badge=lambda: _paused("store"),
                    tone="warning",
                ),
                _item(
                    user,
                    "connections",
                    "crmconnection",
                    _("CRM connections"),
                    "support_agent",
                    badge=lambda: _paused("crm"),
                    tone="warning",
                ),
                _item(user, "connections", "route", _("Routes"), "route"),
                _item(user, "catalog", "catalogfeed", _("Catalog files"), "inventory_2"),
                _item(user, "mappings", "coderule", _("Code rules"), "swap_horiz"),
                _item(user, "mappings", "fieldrule", _("Field rules"), "input"),
                _item(user, "mappings", "managerrule", _("Manager rules"), "assignment_ind"),
                _item(user, "mappings", "bookentry", _("Code books"), "menu_book"),
            ],
        ),
        (
            _("Traffic"),
            [
                _item(user, "engine", "attempt", _("Sync log"), "list_alt"),
                _outbox(request, user),
                _item(user, "engine", "inboxevent", _("Inbox"), "inbox"),
                _item(user, "engine", "backfill", _("Backfills"), "history"),
                _item(user, "engine", "reconcilerun", _("Comparisons"), "compare_arrows"),
            ],
        ),
        (
            _("Under the bonnet"),
            [
                _item(
                    user,
                    "engine",
                    "lane",
                    _("Lanes"),
                    "low_priority",
                    badge=lambda: _count(Lane.objects.filter(paused_at__isnull=False)),
                    tone="warning",
                ),
                _item(user, "engine", "cursor", _("Polls"), "sync"),
                _item(user, "engine", "exchange", _("Exchanges"), "http"),
                _item(user, "engine", "link", _("Links"), "link"),
            ],
        ),
        (
            _("Administration"),
            [
                _item(user, "auth", "user", _("Staff"), "badge"),
                _item(user, "auth", "group", _("Roles"), "admin_panel_settings"),
                _item(user, "otp_totp", "totpdevice", _("Second factors"), "phonelink_lock"),
                *_superuser_items(user),
            ],
        ),
    ]
    shown = [(title, [item for item in found if item]) for title, found in groups]
    return [
        {"title": title, "separator": bool(title), "collapsible": title == _("Under the bonnet"), "items": found}
        for title, found in shown
        if found
    ]


def _item(
    user: Any,
    app: str,
    model: str,
    title: str,
    icon: str,
    *,
    badge: Callable[[], str] | None = None,
    tone: str = "danger",
) -> Item | None:
    """None when the model has no admin page or this person may not see it; then its badge costs nothing either."""
    try:
        found = apps.get_model(app, model)
    except LookupError:
        return None
    if not admin.site.is_registered(found):
        return None
    if not (user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")):
        return None
    item: Item = {"title": title, "icon": icon, "link": reverse(f"admin:{app}_{model}_changelist")}
    shown = badge() if badge else ""
    if shown:
        item |= {"badge": shown, "badge_variant": tone}
    return item


def _dead_letters(request: HttpRequest, user: Any) -> Item | None:
    item = _item(user, "engine", "outboxitem", _("Dead letters"), "dangerous", badge=dead_badge)
    if item is None:
        return None
    is_open = request.path == item["link"] and request.GET.get("state__exact") == OutboxItem.State.DEAD
    return {**item, "link": f"{item['link']}?state__exact={OutboxItem.State.DEAD.value}", "active": is_open}


def _unmapped(user: Any) -> Item | None:
    """To the codes that somebody has to map; from there it is one click to all that were seen."""
    item = _item(user, "mappings", "seencode", _("Codes to map"), "translate", badge=unmapped_badge)
    return None if item is None else {**item, "link": reverse("admin:mappings_seencode_todo")}


def _outbox(request: HttpRequest, user: Any) -> Item | None:
    item = _item(user, "engine", "outboxitem", _("Outbox"), "outbox")
    if item is None:
        return None
    is_dead = request.GET.get("state__exact") == OutboxItem.State.DEAD
    return {**item, "active": request.path.startswith(item["link"]) and not is_dead}


def _superuser_items(user: Any) -> Sequence[Item | None]:
    if not user.is_superuser:
        return ()
    return (
        _item(user, "axes", "accessattempt", _("Failed sign-ins"), "lock_person"),
        _item(user, "django_q", "ormq", _("Queued tasks"), "pending_actions"),
        _item(user, "django_q", "failure", _("Failed tasks"), "running_with_errors"),
    )


def incident_badge() -> str:
    return _count(Incident.objects.filter(closed_at=None))


def dead_badge() -> str:
    return _count(OutboxItem.objects.filter(state=OutboxItem.State.DEAD))


def _paused(role: str) -> str:
    return _count(Connection.objects.filter(role=role, paused_at__isnull=False))


def unmapped_badge() -> str:
    return _text(count_unmapped(MOST_COUNTED))


def _count(rows: Any) -> str:
    return _text(rows.order_by()[:MOST_COUNTED].count())


def _text(count: int) -> str:
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count or "")
