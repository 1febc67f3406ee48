"""The admin's site: Unfold's, without what our pages never show."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite


class HubSite(UnfoldAdminSite):  # type: ignore[misc]  # Unfold is untyped
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """Looked up when somebody reads it. Every page is given this list of all models and asks each model what this
        person may do with it, and our side bar (``navigation``) names its links itself."""
        return SimpleLazyObject(lambda: super(HubSite, self).get_app_list(request, app_label))
