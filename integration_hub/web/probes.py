"""Probes and scrapers call a machine by its own address, in plain HTTP: they are answered before names are checked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from .health import live, ready
from .metrics import metrics

Answer = Callable[[HttpRequest], HttpResponse]


def probes_first(get_response: Answer) -> Answer:
    """Middleware. ``ALLOWED_HOSTS`` and the redirect to https are for what people and stores call; neither view here
    makes an address out of the request's host."""
    views: dict[str, Answer] = {
        reverse("health-live"): live,
        reverse("health-ready"): ready,
        reverse("metrics"): metrics,
    }

    def answer(request: HttpRequest) -> HttpResponse:
        return views.get(request.path, get_response)(request)

    return answer
