"""What a browser is answered when a page could not be made. Without templates: they may be what failed."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

RETRY_AFTER_SECONDS = "5"

_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title></head>"
    '<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem">'
    "<h1>{title}</h1><p>{text}</p></body></html>"
)
_WAY_BACK = '<p><a href="{url}">{label}</a></p></body></html>'


def not_found(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return _with_way_back(_("There is no such page"), _("The address is wrong, or what it showed was removed."), 404)


def forbidden(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """What somebody is answered who opens or presses what the role does not hold."""
    text = _("Your role does not include this. An administrator of the hub can change it under Staff.")
    return _with_way_back(_("You may not do this"), text, 403)


def _with_way_back(title: str, text: str, status: int) -> HttpResponse:
    page = _PAGE.format(title=title, text=text).removesuffix("</body></html>")
    return HttpResponse(page + _WAY_BACK.format(url=reverse("admin:index"), label=_("To the dashboard")), status=status)


def server_error(_request: HttpRequest) -> HttpResponse:
    """503 with Retry-After while the database is away, else 500. Django calls it while the exception is handled."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        text = _("The database does not answer. What stores send is not lost: they are asked to send it again.")
        answer = HttpResponse(_PAGE.format(title=_("Back in a moment"), text=text), status=503)
        answer["Retry-After"] = RETRY_AFTER_SECONDS
        return answer
    text = _("The fault is in the hub's log. Nothing that was received is lost.")
    return HttpResponse(_PAGE.format(title=_("This page could not be made"), text=text), status=500)
