"""The app that holds incidents and the checks of how they are told."""

from django.apps import AppConfig


class WatchConfig(AppConfig):
    name = "integration_hub.watch"
    label = "watch"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the system checks; see ``integration_hub.web.apps`` for why it is done here."""
        from . import checks  # noqa: F401, PLC0415  # imported for its registrations
