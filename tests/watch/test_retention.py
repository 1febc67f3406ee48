"""Which incidents are forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integration_hub.watch.models import Incident
from integration_hub.watch.retention import prune_incidents

pytestmark = pytest.mark.django_db


def test_healed_incident_is_forgotten_and_a_broken_thing_never() -> None:
    long_ago = timezone.now() - timedelta(days=91)
    times = {"opened_at": long_ago, "last_seen_at": long_ago}
    Incident.objects.create(kind="poll", subject="healed", closed_at=long_ago, **times)
    Incident.objects.create(kind="poll", subject="lately", closed_at=long_ago + timedelta(days=2), **times)
    Incident.objects.create(kind="poll", subject="open", **times)

    counts = [prune_incidents(), prune_incidents()]

    assert counts == [1, 0]
    assert set(Incident.objects.values_list("subject", flat=True)) == {"lately", "open"}
