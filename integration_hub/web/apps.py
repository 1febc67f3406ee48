"""The app that holds templatetags, admin pages and management commands, and the admin on a site of our own."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class StaffConfig(SimpleAdminConfig):
    """Loads no pages; urls.py does."""

    default_site = "integration_hub.web.site.HubSite"


class WebConfig(AppConfig):
    default = True
    name = "integration_hub.web"
    label = "web"

    def ready(self) -> None:
        """Registers the system checks. Nothing else happens here: this is Django's own place for checks, and an import
        at the top of a module would register them at a moment that depends on who imports first.
        """
        from integration_hub.settings import checks  # noqa: F401, PLC0415  # imported for its registrations
