"""What our own admin pages need beside Django's and Unfold's tags."""

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from integration_hub.watch.findings import in_words
from integration_hub.web import said as messages

register = template.Library()


@register.filter
def ago(moment: datetime | None) -> str:
    """ "3 min ago"; a moment that is still to come is "in 3 min"."""
    if moment is None:
        return "—"
    seconds = (timezone.now() - moment).total_seconds()
    shown = in_words(abs(seconds))
    return _("%s ago") % shown if seconds >= 0 else _("in %s") % shown


@register.filter
def said(message: str | None) -> str:
    """A message that a row keeps, in the reader's language."""
    return messages.said(message or "")


@register.filter
def tone_of(tones: dict[str, str], state: str) -> str:
    """The colour of a state's label; grey when it needs nobody's attention."""
    return tones.get(state) or "quiet"
