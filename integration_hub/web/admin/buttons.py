"""Buttons on pages and in list rows. Every button is a POST with a CSRF token, so that no link elsewhere can press it.

Unfold's own detail actions are plain links, which is why they are not used for anything that changes something.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from connectors.contract.errors import ConnectorError, without_promise
from integration_hub.web.said import said

Words = str | Promise


class NothingDoneError(Exception):
    """The button had nothing to do any more; the message says why. Shown as a warning."""


@dataclass(frozen=True, slots=True)
class Button:
    """``press`` does the work and returns what it did, in words, or a page of its own; it may raise ConnectorError or
    NothingDoneError.
    """

    name: str
    label: Words
    icon: str
    permission: str
    press: Callable[[HttpRequest, Any], Words | HttpResponse]
    is_shown: Callable[[Any], bool] = lambda _row: True
    variant: str = "default"
    in_rows: bool = False


@dataclass(frozen=True, slots=True)
class PageLink:
    """A plain link beside the buttons; changes nothing."""

    label: Words
    icon: str
    url: str
    is_external: bool = False


REFRESH_SECONDS = 5


def refreshed(page: HttpResponse, row: Any) -> HttpResponse:
    """The page of a job at work loads itself anew, without any script."""
    if row is not None and row.state == "running" and row.due_at is not None:
        page["Refresh"] = str(REFRESH_SECONDS)
    return page


class ButtonsMixin:
    """Adds ``buttons`` to an admin class: addresses, permission checks, messages and the audit entry."""

    buttons: ClassVar[Sequence[Button]] = ()
    list_after_template = "hub/row_form.html"
    change_form_outer_before_template = "hub/before_form.html"
    page_panel = ""
    """A template that is shown between the buttons and the form."""

    model: Any
    admin_site: Any
    get_object: Any
    log_change: Any

    def page_links(self, request: HttpRequest, row: Any) -> Sequence[PageLink]:  # noqa: ARG002 - the answer by default
        return ()

    def page_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:  # noqa: ARG002 - the answer by default
        """What the panel of this object's page shows."""
        return {}

    @property
    def _url_name(self) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self._url_name}_press"
        view = self.admin_site.admin_view(self.press_view)
        own: list[URLPattern] = [path("<path:object_id>/press/<slug:name>/", view, name=name)]
        inherited: list[URLPattern] = super().get_urls()  # type: ignore[misc]  # ModelAdmin's: this is mixed into one
        return own + inherited

    def press_url(self, row: Any, name: str) -> str:
        return reverse(f"admin:{self._url_name}_press", args=(quote(row.pk), name))

    def press_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        button = next((button for button in self.buttons if button.name == name), None)
        if button is None:
            raise Http404
        if not request.user.has_perm(button.permission):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        try:
            done = button.press(request, row)
        except ConnectorError as error:
            messages.error(request, said(without_promise(error.message)))
        except NothingDoneError as error:
            messages.warning(request, str(error))
        else:
            self.log_change(request, row, str(button.label))
            if isinstance(done, HttpResponse):
                return done
            messages.success(request, str(done))
        return HttpResponseRedirect(self._way_back(request, row))

    def _way_back(self, request: HttpRequest, row: Any) -> str:
        wanted = request.POST.get("next", "")
        if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
            return wanted
        return reverse(f"admin:{self._url_name}_change", args=(quote(row.pk),))

    def _allowed(self, request: HttpRequest) -> list[Button]:
        user: Any = request.user
        return [button for button in self.buttons if user.has_perm(button.permission)]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        context = dict(extra_context or {})
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if row is not None:
            context["hub_buttons"] = [
                (button, self.press_url(row, button.name)) for button in self._allowed(request) if button.is_shown(row)
            ]
            context["hub_links"] = self.page_links(request, row)
            context["hub_panel"] = self.page_panel
            context.update(self.page_context(request, row))
        return super().changeform_view(request, object_id, form_url, context)  # type: ignore[misc]

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        columns: Sequence[Any] = super().get_list_display(request)  # type: ignore[misc]
        if any(button.in_rows for button in self._allowed(request)):
            return (*columns, "row_buttons")
        return columns

    @display(description=_("Repair"))
    def row_buttons(self, row: Any) -> SafeString | str:
        """Permissions were asked when the column was chosen, and are asked again when the button is pressed."""
        shown = [
            (button, self.press_url(row, button.name))
            for button in self.buttons
            if button.in_rows and button.is_shown(row)
        ]
        return render_to_string("hub/row_buttons.html", {"buttons": shown}) if shown else ""
