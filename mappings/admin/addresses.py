"""Addresses that somebody mistyped or that point at what is no number: a page says so, and is not broken by them."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import DateTimeField, Model
from django.http import Http404, HttpRequest, HttpResponse
from unfold.views import ChangeList


class TolerantChangeList(ChangeList):
    """A filter's value that the database cannot compare (an id of thirty digits) leads back to the list."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (OverflowError, DataError) as error:
            raise IncorrectLookupParameters(error) from error


class OddAddressesMixin:
    """For admin classes; stands before the classes whose pages it guards."""

    model: type[Model]

    def get_changelist(self, request: HttpRequest, **_kwargs: Any) -> type[ChangeList]:  # noqa: ARG002 - Django's
        return TolerantChangeList

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address proposes for a new row, but for times: their widgets break on text."""
        offered: dict[str, Any] = super().get_changeform_initial_data(request)  # type: ignore[misc]  # ModelAdmin's
        times = {field.name for field in self.model._meta.fields if isinstance(field, DateTimeField)}
        return {name: value for name, value in offered.items() if name not in times}

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The history's own view looks for whatever stands in the address, a word or a NUL too."""
        try:
            page: HttpResponse = super().history_view(request, object_id, extra_context)  # type: ignore[misc]  # ModelAdmin's
        except (ValueError, ValidationError, OverflowError, DataError) as error:
            raise Http404 from error
        return page
