"""Add forms that start a job instead of saving a row."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _now


class StartMixin:
    """One button, "Start", which leads to the page that shows the job at work."""

    add_form_template = "hub/start_form.html"

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:  # noqa: ARG002
        messages.success(request, _now("Started. This page shows how far it is."))
        name = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=(quote(obj.pk),)))
