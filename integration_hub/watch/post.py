"""Sends the messages that are due. A message that cannot be sent is tried again; nothing here stops the watch."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.contract.errors import ConnectorError
from connectors.toolkit.announce import post_signed

from .models import Incident, Notice
from .places import address

logger = logging.getLogger(__name__)

Stage, Channel = Notice.Stage, Notice.Channel

MOST_AT_ONCE = 50
"""More incidents than that have one cause; the rest follows in the next round."""

MOST_WEBHOOKS_AT_ONCE = 10
"""Each may wait for its time-out."""

MOST_TRIES = 30
"""With half an hour between the later ones: more than half a day."""

FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(minutes=30)


def send_due(now: datetime) -> int:
    """Send what is due; returns how many messages went out."""
    due = list(
        Notice.objects.filter(due_at__lte=now).select_related("incident").order_by("due_at", "pk")[:MOST_AT_ONCE]
    )
    mails = [notice for notice in due if notice.channel == Channel.MAIL]
    hooks = [notice for notice in due if notice.channel == Channel.WEBHOOK][:MOST_WEBHOOKS_AT_ONCE]
    with translation.override(settings.LANGUAGE_CODE):
        sent = _try(mails, send_mail) if mails else 0
        return sent + sum(_try([notice], send_webhook) for notice in hooks)


def _try(notices: Sequence[Notice], send: Callable[[Sequence[Notice]], None]) -> int:
    try:
        send(notices)
    except Exception as problem:  # noqa: BLE001 - a mail server may fail in any way, and the watch must go on
        # The words of a mail server may hold addresses of staff; its kind of fault says enough.
        error = problem.code if isinstance(problem, ConnectorError) else type(problem).__name__
        logger.warning("word of %d incidents could not be sent (%s); it is tried again", len(notices), error)
        _failed(notices, error)
        return 0
    _went_out(notices)
    return len(notices)


def _failed(notices: Sequence[Notice], error: str) -> None:
    now = timezone.now()
    for notice in notices:
        notice.tries += 1
        notice.error = error[:200]
        delay = min(FIRST_DELAY * 2 ** min(notice.tries - 1, 10), LONGEST_DELAY)
        notice.due_at = now + delay if notice.tries < MOST_TRIES else None
        notice.save(update_fields=["tries", "error", "due_at"])


def _went_out(notices: Sequence[Notice]) -> None:
    now = timezone.now()
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(sent_at=now, due_at=None, error="")
    for stage, column in ((Stage.OPENED, "notified_at"), (Stage.HEALED, "healed_notified_at")):
        told = [notice.incident_id for notice in notices if notice.stage == stage]
        Incident.objects.filter(pk__in=told, **{column: None}).update(**{column: now})


# --- mail -------------------------------------------------------------------------------------------------------------


def send_mail(notices: Sequence[Notice]) -> None:
    """One mail for all: a fault with ten consequences is one message. Raises what the mail backend raises."""
    message = EmailMessage(subject(notices), text(notices), settings.DEFAULT_FROM_EMAIL, settings.HUB_ALERT_EMAILS)
    message.send()


def subject(notices: Sequence[Notice]) -> str:
    """The first one's title, and how many more there are. Without line breaks, which a name might hold."""
    first = notices[0]
    words = f"{_stage_words(first.stage)}: {first.incident.title}"
    if len(notices) > 1:
        more = len(notices) - 1
        words = ngettext("%(first)s, and %(more)d more", "%(first)s, and %(more)d more", more) % {
            "first": words,
            "more": more,
        }
    return " ".join(f"[Integration Hub] {words}".split())[:200]


def text(notices: Sequence[Notice]) -> str:
    parts = [_paragraph(notice) for notice in notices]
    return "\n\n".join([*parts, _("Sent by %s because HUB_ALERT_EMAILS names you.") % settings.HUB_BASE_URL])


def _paragraph(notice: Notice) -> str:
    incident = notice.incident
    since = timezone.localtime(incident.opened_at)
    lines = [f"{_stage_words(notice.stage)}: {incident.title}", _("Since %s.") % f"{since:%Y-%m-%d %H:%M %Z}"]
    if notice.stage != Stage.HEALED:
        lines.append(incident.cure)
    return "\n".join([*lines, address(incident)])


def _stage_words(stage: str) -> str:
    match stage:
        case Stage.HEALED:
            return _("Healed")
        case Stage.GROWN:
            return _("Grown")
        case _:
            return _("Broken")


# --- webhook ----------------------------------------------------------------------------------------------------------


def send_webhook(notices: Sequence[Notice]) -> None:
    """Each as a message of its own, whose id stays the same when it is sent again. Raises ConnectorError."""
    for notice in notices:
        post_signed(
            settings.HUB_ALERT_WEBHOOK_URL,
            settings.HUB_ALERT_WEBHOOK_SECRET,
            id=f"incident-{notice.incident_id}-{notice.stage}-{notice.pk}",
            at=timezone.now(),
            body=json.dumps(body(notice), ensure_ascii=False).encode(),
            allowed_private_networks=settings.HUB_ALLOWED_PRIVATE_NETWORKS,
        )


def body(notice: Notice) -> Mapping[str, object]:
    """What the receiver reads: names that staff gave, numbers, and where to look."""
    incident = notice.incident
    return {
        "type": f"incident.{notice.stage}",
        "timestamp": timezone.now().isoformat(),
        "data": {
            "id": incident.pk,
            "kind": incident.kind,
            "subject": incident.subject,
            "title": incident.title,
            "cure": incident.cure,
            "size": incident.size,
            "opened_at": incident.opened_at.isoformat(),
            "closed_at": incident.closed_at.isoformat() if incident.closed_at else None,
            "url": address(incident),
        },
    }
