"""Lists and logs name an order by the number that staff know, whichever way it goes."""

from integration_hub.engine.models import OutboxItem
from integration_hub.records.models import Record

from .world import World


def test_status_on_its_way_back_bears_the_number_by_which_staff_know_the_order(world: World) -> None:
    [placed] = world.shop(1)
    world.sync()
    Record.objects.filter(kind="order", object_id=str(placed["id"])).update(number="2611/6")
    world.set_crm_status(str(placed["id"]), "complete")

    world.sync()

    assert OutboxItem.objects.get(flow="statuses").label == "2611/6"
