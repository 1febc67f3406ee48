"""Keeps the incidents: opens, follows and closes them, and asks for the messages that go with it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from .findings import Finding
from .look import Seen
from .models import Incident, Notice

Stage, Channel = Notice.Stage, Notice.Channel

HEALED_AFTER = timedelta(minutes=2)
"""Unseen for so long: what comes and goes within two minutes is one incident."""

QUIET_AFTER = timedelta(minutes=15)
"""What breaks again so soon after it healed is told only when this has passed, if it is still broken then."""

GROWTH = 10


def channels() -> list[str]:
    """Where messages go, by the settings; none of both: incidents are seen in the admin alone."""
    found: list[str] = []
    if settings.HUB_ALERT_EMAILS:
        found.append(Channel.MAIL)
    if settings.HUB_ALERT_WEBHOOK_URL:
        found.append(Channel.WEBHOOK)
    return found


@transaction.atomic
def record(seen: Seen, now: datetime) -> None:
    """Bring the incidents up to date with what was seen. The caller holds the lookout, so nobody else does this."""
    known = {(row.kind, row.subject): row for row in Incident.objects.filter(closed_at=None)}
    for finding in seen.findings:
        incident = known.pop(finding.key, None)
        if incident is None:
            _open(finding, now)
        else:
            _follow(incident, finding, now)
    for incident in known.values():
        if incident.kind in seen.kinds and incident.last_seen_at <= now - HEALED_AFTER:
            _close(incident, now)


def _open(finding: Finding, now: datetime) -> None:
    before = Incident.objects.filter(kind=finding.kind, subject=finding.subject).order_by("-opened_at").first()
    incident = Incident.objects.create(
        kind=finding.kind,
        subject=finding.subject,
        connection_id=finding.connection_id,
        route_id=finding.route_id,
        lane_id=finding.lane_id,
        facts=dict(finding.facts),
        size=finding.size,
        told_size=finding.size,
        opened_at=now,
        last_seen_at=now,
    )
    quiet_until = now
    if before is not None and before.notified_at is not None and before.closed_at is not None:
        quiet_until = max(now, before.closed_at + QUIET_AFTER)
    _tell(incident, Stage.OPENED, quiet_until)


def _follow(incident: Incident, finding: Finding, now: datetime) -> None:
    incident.facts, incident.size, incident.last_seen_at = dict(finding.facts), finding.size, now
    if incident.notified_at is not None and incident.size >= max(incident.told_size, 1) * GROWTH:
        incident.told_size = incident.size
        _tell(incident, Stage.GROWN, now)
    incident.save(update_fields=["facts", "size", "told_size", "last_seen_at"])


def _close(incident: Incident, now: datetime) -> None:
    """Only who was told that it broke is told that it healed; what was not sent yet is not sent any more."""
    incident.closed_at = now
    incident.save(update_fields=["closed_at"])
    unsent = incident.notices.filter(due_at__isnull=False)
    told = set(incident.notices.filter(stage=Stage.OPENED, sent_at__isnull=False).values_list("channel", flat=True))
    unsent.delete()
    Notice.objects.bulk_create(
        [Notice(incident=incident, stage=Stage.HEALED, channel=channel, due_at=now) for channel in sorted(told)]
    )


def _tell(incident: Incident, stage: str, at: datetime) -> None:
    Notice.objects.bulk_create(
        [Notice(incident=incident, stage=stage, channel=channel, due_at=at) for channel in channels()]
    )
