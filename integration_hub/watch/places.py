"""Where in the admin an incident's cure is found. Addresses by name, so that nothing of the web is imported."""

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from .models import Incident

Kind = Incident.Kind


def place(incident: Incident) -> str:
    """The path of the page where staff act; the incident's own page when there is none."""
    try:
        return _acting_place(incident) or own_page(incident)
    except NoReverseMatch:
        return own_page(incident)


def own_page(incident: Incident) -> str:
    return reverse("admin:watch_incident_change", args=[incident.pk])


def address(incident: Incident) -> str:
    """The whole address of the incident's page, for messages that leave the house."""
    return f"{settings.HUB_BASE_URL}{own_page(incident)}"


def _acting_place(incident: Incident) -> str:
    subject = incident.subject.partition(":")[2]
    match incident.kind:
        case Kind.WEBHOOKS | Kind.REFUSED | Kind.AWAY if incident.connection is not None:
            return reverse(f"admin:connections_{incident.connection.role}connection_change", args=[subject])
        case Kind.POLL:
            return reverse("admin:engine_cursor_change", args=[subject])
        case Kind.LANE_STILL | Kind.LANE_PAUSED | Kind.OVERDUE:
            return reverse("admin:engine_lane_change", args=[subject])
        case Kind.UNREAD | Kind.FAILED_EVENTS:
            state = "new" if incident.kind == Kind.UNREAD else "failed"
            return f"{reverse('admin:engine_inboxevent_changelist')}?state__exact={state}&connection={subject}"
        case Kind.DEAD_LETTERS | Kind.PARKED:
            state = "dead" if incident.kind == Kind.DEAD_LETTERS else "parked"
            listed = reverse("admin:engine_outboxitem_changelist")
            return f"{listed}?state__exact={state}&route__id__exact={subject}"
        case Kind.BACKFILL:
            return reverse("admin:engine_backfill_change", args=[subject])
        case Kind.RECONCILE:
            return reverse("admin:engine_reconcilerun_change", args=[subject])
        case _:
            return ""
