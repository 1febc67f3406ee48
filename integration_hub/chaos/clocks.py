"""Sets the hub's clock to another time.

In the test suite the clock itself is set. A running hub's clock is the machine's, which belongs to others too: there
every time that the hub has stored is moved the other way, which looks the same from inside.
"""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import F

from integration_hub.engine.models import RateBucket

from .world import World

APPS = ("engine", "records", "watch")
_OURS = ("connections.Connection",)


def jump(world: World, seconds: float) -> None:
    """From now on the hub's clock shows so many seconds more (or less)."""
    clock: Any = getattr(world.pace, "clock", None)
    if clock is not None:
        clock.shift(seconds)
        return
    with transaction.atomic():
        _move_stored_times(timedelta(seconds=-seconds))


def _move_stored_times(span: timedelta) -> None:
    found = [model for name in APPS for model in apps.get_app_config(name).get_models() if not model._meta.proxy]
    found += [apps.get_model(name) for name in _OURS]
    for model in found:
        times = [field.name for field in model._meta.concrete_fields if isinstance(field, models.DateTimeField)]
        if times:
            model._default_manager.update(**{name: F(name) + span for name in times})
    RateBucket.objects.update(tat=F("tat") + span.total_seconds(), seen_at=F("seen_at") + span.total_seconds())
