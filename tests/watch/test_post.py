"""Messages go out by mail and signed webhook; a channel that fails is tried again and stops nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from connectors.contract.errors import ConnectorError
from connectors.toolkit.announce import post_signed
from connectors.toolkit.standard_webhooks import verify
from integration_hub.watch import post
from integration_hub.watch.findings import Finding
from integration_hub.watch.ledger import record
from integration_hub.watch.look import Seen, look
from integration_hub.watch.models import Incident, Notice
from integration_hub.watch.post import send_due
from tests.web import factories as make

from .conftest import SECRET, Receiver

pytestmark = pytest.mark.django_db


class FailingBackend(EmailBackend):
    """A mail server that answers with an address of staff in its words."""

    def send_messages(self, _messages: Any) -> int:
        message = "550 no such user ann@example.com"
        raise ConnectionRefusedError(message)


@pytest.fixture
def broken() -> Incident:
    crm = make.crm(name="CRM A")
    finding = Finding("refused", f"connection:{crm.pk}", {"name": "CRM A"}, connection_id=crm.pk)
    record(Seen([finding], frozenset({"refused"})), timezone.now())
    return Incident.objects.get()


@pytest.fixture(params=["to_mail", "to_webhook"])
def channel(request: pytest.FixtureRequest) -> str:
    """Set up before ``broken``, which makes messages for the channels there are."""
    request.getfixturevalue(request.param)
    return str(request.param)


def test_mail_says_what_is_broken_what_to_do_and_where(to_mail: None, broken: Incident) -> None:
    sent = send_due(timezone.now())

    [message] = mail.outbox
    assert sent == 1
    assert message.to == ["ann@example.com"]
    assert message.subject == "[Integration Hub] Broken: “CRM A” is paused: it refuses our key, rights or account"
    assert "Correct the key or the rights" in message.body
    assert f"http://testserver/admin/watch/incident/{broken.pk}/change/" in message.body
    broken.refresh_from_db()
    assert broken.notified_at is not None


def test_ten_consequences_of_one_fault_are_one_mail(to_mail: None) -> None:
    findings = [Finding("dead_letters", f"route:{number}", {"name": f"Route {number}"}) for number in range(10)]
    record(Seen(findings, frozenset({"dead_letters"})), timezone.now())

    send_due(timezone.now())

    [message] = mail.outbox
    assert message.subject == "[Integration Hub] Broken: Dead letters on “Route 0”: 1, and 9 more"
    assert all(f"“Route {number}”" in message.body for number in range(10))


def test_name_with_a_line_break_cannot_add_headers(to_mail: None) -> None:
    facts = {"name": "Shop\r\nBcc: eve@example.com"}
    record(Seen([Finding("dead_letters", "route:1", facts)], frozenset({"dead_letters"})), timezone.now())

    send_due(timezone.now())

    [message] = mail.outbox
    assert "\n" not in message.subject
    assert message.recipients() == ["ann@example.com"]


def test_webhook_is_signed_and_its_id_stays_when_it_is_sent_again(to_webhook: Receiver, broken: Incident) -> None:
    to_webhook.status = 500
    send_due(timezone.now())
    to_webhook.status = 204
    sent = send_due(timezone.now() + post.FIRST_DELAY)

    first, second = to_webhook.calls
    assert sent == 1
    assert verify([SECRET], *second) == verify([SECRET], *first)
    told = json.loads(second[1])
    assert (told["type"], told["data"]["kind"], told["data"]["id"]) == ("incident.opened", "refused", broken.pk)
    assert told["data"]["url"].startswith("http://testserver/admin/watch/incident/")


def test_message_that_went_out_is_not_sent_again(channel: str, broken: Incident) -> None:
    send_due(timezone.now())

    assert send_due(timezone.now() + timedelta(days=1)) == 0


def test_mail_server_that_fails_is_asked_again_later_and_holds_up_no_webhook(
    to_mail: None, to_webhook: Receiver, broken: Incident, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "tests.watch.test_post.FailingBackend"

    send_due(timezone.now())

    by_mail = Notice.objects.get(channel="mail")
    assert (by_mail.tries, by_mail.error, by_mail.sent_at) == (1, "ConnectionRefusedError", None)
    assert by_mail.due_at is not None
    assert len(to_webhook.calls) == 1
    assert "ann@example.com" not in caplog.text


def test_mail_goes_out_when_the_server_is_back(to_mail: None, broken: Incident, settings: Any) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.watch.test_post.FailingBackend"
    send_due(timezone.now())
    settings.EMAIL_BACKEND = backend

    at_once = send_due(timezone.now())
    later = send_due(timezone.now() + post.FIRST_DELAY)

    assert (at_once, later, len(mail.outbox)) == (0, 1, 1)


def test_in_the_end_a_message_is_given_up(to_mail: None, broken: Incident, settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.watch.test_post.FailingBackend"
    for days in range(1, post.MOST_TRIES + 1):
        send_due(timezone.now() + timedelta(days=days))

    notice = Notice.objects.get()
    assert (notice.tries, notice.due_at, notice.sent_at) == (post.MOST_TRIES, None, None)


def test_receiver_inside_a_private_network_is_not_called(to_webhook: Receiver, broken: Incident, settings: Any) -> None:
    settings.HUB_ALLOWED_PRIVATE_NETWORKS = []

    send_due(timezone.now())

    assert to_webhook.calls == []
    assert Notice.objects.get().error == "private_address"


def test_redirect_is_not_followed(to_webhook: Receiver) -> None:
    to_webhook.status, to_webhook.location = 302, "http://127.0.0.1:9/elsewhere"

    with pytest.raises(ConnectorError) as caught:
        post_signed(
            to_webhook.url, SECRET, id="1", at=timezone.now(), body=b"{}", allowed_private_networks=["127.0.0.0/8"]
        )

    assert caught.value.code == "redirected"
    assert len(to_webhook.calls) == 1


def test_neither_secrets_nor_another_systems_words_leave_the_house(to_mail: None, to_webhook: Receiver) -> None:
    crm = make.crm(name="CRM A")
    crm.pause("Wrong key key_never_shown_3 of buyer@example.com")
    record(look(timezone.now()), timezone.now())
    send_due(timezone.now())

    said = f"{mail.outbox[0].subject} {mail.outbox[0].body} {to_webhook.calls[0][1].decode()}"
    assert "CRM A" in said
    assert "never_shown" not in said
    assert "buyer@" not in said
