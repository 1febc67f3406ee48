"""System checks of how incidents are told: an alert that can never arrive is said at the start."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from connectors.toolkit.announce import is_usable_secret


@checks.register(checks.Tags.security)
def check_alerts(**_: Any) -> list[checks.CheckMessage]:
    """hub.E010: an address of HUB_ALERT_EMAILS is none; hub.E011: the receiver's address; hub.E012: its secret."""
    found: list[checks.CheckMessage] = [
        checks.Error(f"“{each}” in HUB_ALERT_EMAILS is not a mail address.", id="hub.E010")
        for each in settings.HUB_ALERT_EMAILS
        if not _is_mail_address(each)
    ]
    url: str = settings.HUB_ALERT_WEBHOOK_URL
    if url and (urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname):
        found.append(checks.Error("HUB_ALERT_WEBHOOK_URL is not an http address.", id="hub.E011"))
    if url and not is_usable_secret(settings.HUB_ALERT_WEBHOOK_SECRET):
        hint = "It is “whsec_” and 24 to 64 random bytes in base64; .env.example shows how to make one."
        found.append(checks.Error("HUB_ALERT_WEBHOOK_SECRET is missing or malformed.", hint=hint, id="hub.E012"))
    return found


def _is_mail_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
