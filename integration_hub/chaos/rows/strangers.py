"""What strangers and broken senders throw at the doors, and where a connection must not lead."""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client, override_settings

from connectors.contract.errors import ConnectorError
from integration_hub.connections.models import Connection
from integration_hub.engine.models import InboxEvent, OutboxItem
from integration_hub.flows import actions
from integration_hub.records.models import Record
from mappings.models import CodeRule
from mappings.resources import CodeRuleResource

from .. import acts, courier, forger
from ..findings import findings
from ..hostile import FORMULAS, MARKS, bodies, raw_markup
from ..row import Findings, Row, at_least, exactly
from ..world import World

TOPIC = "order.created"


def _held(world: World, orders: int) -> list[courier.Delivery]:
    acts.connect_doors(world)
    courier.hold(world, TOPIC)
    acts.shop(world, orders)
    found = courier.held(world)
    world.shop.post("webhooks", {"hold": False})
    return found


# --- F24 --------------------------------------------------------------------------------------------------------------


def hostile_bodies(world: World, orders: int) -> Findings:
    """Between genuine orders come bodies that are broken or meant to break something, all of them well signed."""
    genuine = _held(world, orders)
    secret = world.store.secrets["webhook_secret"]
    template = json.loads(genuine[0].body)
    evil = [
        forger.signed(genuine[0], body, secret, id=name)
        for round_ in range(max(orders // 100, 1))
        for name, body in bodies(template, first_id=900_000 + 1_000 * round_)
    ]
    shop = forger.pushing_shop()
    others = bodies({"id": "1"}, first_id=1)
    pushed = [forger.push(world, shop, body, id=f"evil-{number}") for number, (_name, body) in enumerate(others)]
    chance = random.Random(24)  # noqa: S311 - the same again
    everything = [*genuine, *evil, *pushed]
    chance.shuffle(everything)
    log = courier.send(everything, senders=8)
    acts.settle(world)
    names = {delivery.id for delivery in genuine}
    theirs = [answer for answer in log if answer.delivery.id not in names]
    ours = [answer for answer in log if answer.delivery.id in names]
    silent = InboxEvent.objects.filter(state=InboxEvent.State.FAILED, reason="").count()
    internal = list(OutboxItem.objects.filter(reason_code="internal").values_list("label", flat=True))
    return findings(
        world,
        {
            "hostile bodies sent": at_least(50, len(theirs)),
            "answered by other than 2xx and 4xx": exactly(
                0, sum(each.status >= 500 or 300 <= each.status < 400 for each in theirs)
            ),
            "genuine orders not acknowledged": exactly(0, sum(not each.is_acknowledged for each in ours)),
            "failed events without a reason": exactly(0, silent),
            "items that ended as a fault of ours": exactly(0, len(internal)),
            "pages with markup that acts": exactly(0, len(_pages_with_markup(FEW if world.is_small else MANY))),
            "cells that a spreadsheet would run": exactly(0, len(_live_cells(world))),
        },
        log=ours,
        note=f"{len(theirs)} hostile bodies, {sum(each.status == 0 for each in theirs)} cut off while they were sent"
        + (f"; faults of ours: {internal[:3]!r}" if internal else ""),
    )


FEW, MANY = 12, 150
"""Pages of one kind that are opened."""


def _pages_with_markup(most: int) -> list[str]:
    """Every list of staff that shows what came in, and that many pages of each kind, the newest first."""
    user, _made = get_user_model().objects.get_or_create(
        username="chaos", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0])
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    paths = [f"/admin/{name}/" for name in _LISTS]
    paths += [f"/admin/engine/inboxevent/{pk}/change/" for pk in _last(InboxEvent, most)]
    paths += [f"/admin/engine/outboxitem/{pk}/change/" for pk in _last(OutboxItem, most)]
    marked = Record.objects.filter(object_id__startswith="90").values_list("pk", "kind")[:most]
    paths += [f"/admin/records/{kind}record/{pk}/change/" for pk, kind in marked if kind in {"order", "customer"}]
    paths += [f"/admin/records/orderrecord/find/?q={mark}" for mark in MARKS]
    faults = []
    with override_settings(STORAGES=PLAIN_FILES, ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False):
        for path in paths:
            page = client.get(path, follow=True)
            if page.status_code >= 500 or raw_markup(page.content.decode("utf-8", "replace")):
                faults.append(path)
    return faults


PLAIN_FILES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
_LISTS = (
    "records/orderrecord",
    "records/customerrecord",
    "engine/inboxevent",
    "engine/outboxitem",
    "engine/attempt",
    "engine/link",
    "mappings/seencode",
    "mappings/coderule",
)


def _last(model: type[InboxEvent] | type[OutboxItem], most: int) -> list[int]:
    return list(model.objects.order_by("-pk").values_list("pk", flat=True)[:most])


def _live_cells(world: World) -> list[str]:
    """Codes as a shop may send them, exported as staff would."""
    for number, formula in enumerate(FORMULAS):
        CodeRule.objects.update_or_create(
            route=world.route, kind="delivery", store_code=f"{formula}{number}", defaults={"crm_code": formula}
        )
    sheet = CodeRuleResource().export()
    CodeRule.objects.filter(route=world.route, crm_code__in=FORMULAS).delete()
    return [str(cell) for row in sheet for cell in row if str(cell)[:1] in set("=+-@\t\r")]


# --- F26 --------------------------------------------------------------------------------------------------------------


def forgeries(world: World, orders: int) -> Findings:
    """Each genuine call is forged in several ways before it comes itself; afterwards the secret is changed."""
    genuine = _held(world, orders)
    secret = world.store.secrets["webhook_secret"]
    before = InboxEvent.objects.count()
    forged = [copy for number, each in enumerate(genuine) for copy in _forged(each, number)]
    shop = forger.pushing_shop()
    body = b'{"id": "1"}'
    forged += [forger.push(world, shop, body, secret=forger.OTHER_SECRET) for _ in range(10)]
    forged += [forger.push(world, shop, body, off=seconds) for seconds in (-3600, -600, -310, 310, 600, 3600)]
    refused = courier.send(forged, senders=8)
    kept_forged = InboxEvent.objects.count() - before

    accepted = courier.send(genuine, senders=8)
    replayed = courier.send(genuine[: max(orders // 4, 5)], senders=8)
    in_rotation = _rotated(world, genuine[0], secret)
    acts.settle(world)
    return findings(
        world,
        {
            "forged calls": at_least(40, len(forged)),
            "of these answered by other than 401": exactly(0, sum(each.status != 401 for each in refused)),
            "events kept of them": exactly(0, kept_forged),
            "genuine calls not accepted": exactly(0, sum(not each.is_acknowledged for each in accepted)),
            "replays that had an effect": exactly(0, _events_beyond_one(world)),
            "replays not answered 2xx": exactly(0, sum(not each.is_acknowledged for each in replayed)),
            "answers during the change of secret that are wrong": exactly(0, in_rotation),
        },
        log=[*accepted, *replayed],
        note="WooCommerce signs no time, so a replay is acknowledged and has no effect; a push that is too old is 401"
        + "".join(f"; {each.delivery.topic} got {each.status}" for each in refused if each.status != 401)[:200],
    )


def _forged(each: courier.Delivery, number: int) -> Iterator[courier.Delivery]:
    genuine = forger.signature_of(each)
    yield forger.with_signature(each, None)
    yield forger.with_signature(each, "")
    yield forger.signed(each, each.body, "another shop's secret")
    yield forger.with_signature(forger.signed(each, forger.one_byte_changed(each.body, 7 * number), ""), genuine)
    yield forger.with_signature(each, genuine[:-4] + "AAA=")
    yield forger.with_signature(each, genuine.swapcase())
    yield forger.with_signature(each, "é" * 20)


def _events_beyond_one(world: World) -> int:
    events = InboxEvent.objects.filter(connection=world.store, topic=TOPIC)
    return events.count() - events.values("object_id", "dedup_key").distinct().count()


def _rotated(world: World, sample: courier.Delivery, old: str) -> int:
    """How many answers are wrong while old and new hold, and after the old one was taken away."""
    new = "n3w" * 16

    def statuses(*wanted: str) -> list[int]:
        body = json.loads(sample.body)
        return [
            courier.send([forger.signed(sample, json.dumps({**body, "id": 0, "n": number}).encode(), secret)])[0].status
            for number, secret in enumerate(wanted)
        ]

    _set_secrets(world, webhook_secret=new, previous_webhook_secret=old)
    world.pass_time(1.5)  # HUB_DOOR_TRUST_SECONDS
    both = statuses(old, new)
    _set_secrets(world, webhook_secret=new, previous_webhook_secret="")
    world.pass_time(1.5)
    one = statuses(old, new)
    _set_secrets(world, webhook_secret=old, previous_webhook_secret="")
    world.pass_time(1.5)
    return sum(seen != wanted for seen, wanted in zip([*both, *one], [200, 200, 401, 200], strict=True))


def _set_secrets(world: World, **values: str) -> None:
    world.store.refresh_from_db()
    world.store.secrets = {**world.store.secrets, **values}
    world.store.save(update_fields=["secrets", "updated_at"])


# --- F27 --------------------------------------------------------------------------------------------------------------

ELSEWHERE = "127.0.0.2"
"""Stands for a machine of our own network: only 127.0.0.1 is allowed in this row."""


def private_addresses(world: World, orders: int) -> Findings:
    """A connection is pointed, and redirected, at machines of our own network."""
    acts.connect_doors(world)
    acts.shop(world, orders)
    acts.settle(world)
    reached: list[str] = []
    codes: list[str] = []
    with _listening(ELSEWHERE, reached) as inside, _listening("127.0.0.1", [], to=inside) as redirecting:
        port = inside.rpartition(":")[2]
        targets = [inside, redirecting, f"{inside}/shop", "http://[::1]:9"]
        if not world.is_small:  # the test suite looks nothing up beyond plain loopback
            targets += [f"http://[::ffff:7f00:2]:{port}", f"http://2130706434:{port}", f"http://0x7f.2:{port}"]
            targets += ["http://10.255.255.1:9"]
            targets += ["http://169.254.169.254", "http://0.0.0.0:9"]
        with override_settings(HUB_ALLOWED_PRIVATE_NETWORKS=["127.0.0.1/32"]):
            codes += [_asked(kind, target) for target in targets for kind in ("woocommerce", "retailcrm")]
    return findings(
        world,
        {
            "ways tried": at_least(8, len(codes)),
            "calls that arrived there": exactly(0, len(reached)),
            "answers that hide the reason": exactly(0, sum(code not in _REFUSALS for code in codes)),
        },
        note="by number, by IPv6, mapped into IPv6, link-local, by redirect; " + ", ".join(sorted(set(codes))),
    )


_REFUSALS = {"private_address", "redirected", "unreachable", "no_answer", "address", "settings"}
"""Nobody may live at some of them: then the connection fails before anybody could be refused."""


def _asked(kind: str, address: str) -> str:
    """What "Verify" says of a connection to that address."""
    secrets = {"consumer_secret": "cs_x", "webhook_secret": "x" * 40, "api_key": "x"}
    settings_ = {"site": address, "address": address, "consumer_key": "ck_x"}
    connection = Connection.objects.create(
        kind=kind,
        role="store" if kind == "woocommerce" else "crm",
        name=f"{kind} at {address}"[:100],
        settings=settings_,
        secrets=secrets,
    )
    try:
        actions.verify(connection)
    except ConnectorError as error:
        return error.code or "settings"
    else:
        return "answered"
    finally:
        connection.delete()


@contextmanager
def _listening(host: str, reached: list[str], *, to: str = "") -> Iterator[str]:
    """A machine that notes who calls, or sends callers elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reached.append(self.path)
            self.send_response(302 if to else 200)
            if to:
                self.send_header("Location", f"{to}{self.path}")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET  # noqa: N815 - the base class calls it so

        def log_message(self, *_arguments: Any) -> None: ...

    server = HTTPServer((host, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


ROWS = (
    Row(
        "F24",
        "Broken and hostile bodies",
        hostile_bodies,
        orders=1_000,
        small=20,
        passes_when="only 4xx, or 2xx and a visible failed event; markup and formulas inert in pages and exports",
    ),
    Row(
        "F26",
        "Forged and replayed signatures; another shop's secret; one byte changed; unsigned",
        forgeries,
        orders=1_000,
        small=20,
        passes_when="none accepted, 401; during a rotation both secrets hold",
    ),
    Row(
        "F27",
        "A connection's address or a redirect points to a private address",
        private_addresses,
        orders=100,
        small=10,
        passes_when="refused unless allowed in settings",
    ),
)
