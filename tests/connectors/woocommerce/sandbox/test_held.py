"""Deliveries that the shop makes for others to send, and those that it repeats: what the fault tests rest on."""

from .conftest import Client, Inbox


def settle(client: Client) -> None:
    assert client.box.dispatcher.wait_until_idle(20)


def test_held_deliveries_are_of_the_moment_of_their_event_and_are_handed_out_once(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url)
    settle(client)
    client.control("webhooks", {"hold": True})

    client.control("shop", {"orders": 3, "seed": 21})

    first = client.control("held", {"most": 2})
    assert [row["topic"] for row in first] == ["order.created"] * 2
    assert [row["url"] for row in first] == [inbox.url] * 2
    assert all(f'"id":{row["id"]},' in row["body"] and row["headers"]["X-WC-Webhook-Signature"] for row in first)
    assert len(client.control("held", {"most": 100})) == 1
    assert client.control("held", {"most": 100}) == []
    assert inbox.deliveries == []


def test_unacknowledged_delivery_is_repeated_until_it_is_taken_and_disables_nothing(
    client: Client, inbox: Inbox
) -> None:
    client.hook("order.created", inbox.url)
    settle(client)
    client.control("webhooks", {"resend_seconds": 0.01})
    inbox.status = 503
    refusals = iter([503] * 8)

    def take_in_the_end() -> None:
        inbox.status = next(refusals, 200)

    inbox.meanwhile = take_in_the_end
    client.control("shop", {"orders": 1, "seed": 21})
    settle(client)

    statuses = [row["status"] for row in client.control("deliveries") if row["topic"] == "order.created"]
    assert statuses == [503] * 8 + [200]
    assert client.get("/webhooks/1").json()["status"] == "active"
