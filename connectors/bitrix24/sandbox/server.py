"""Puts the pretended portal together: who gets in, how often, and which call is answered where."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from connectors.bitrix24.sandbox.caller import WEBHOOK
from connectors.bitrix24.sandbox.desk import Desk
from connectors.bitrix24.sandbox.events import Events
from connectors.bitrix24.sandbox.limits import Bucket, Meter
from connectors.bitrix24.sandbox.methods import Caller, Methods
from connectors.bitrix24.sandbox.naming import named
from connectors.bitrix24.sandbox.oauth import Application
from connectors.bitrix24.sandbox.portal import Options, Portal
from connectors.bitrix24.sandbox.wire import Json, Refusal, php_query
from connectors.toolkit.sandbox import Reply, Request, Sandbox


def make(
    port: int = 0,
    *,
    webhook: str = WEBHOOK,
    moved_to: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Sandbox:
    """A portal with two pipelines, three managers and no deals. ``moved_to``: it was renamed to that address."""
    sandbox = Sandbox("bitrix24", port=port)
    portal = Portal(clock, Options(moved_to=moved_to))
    portal.refuses = sandbox.faults.refuses
    portal.log = sandbox.log_write
    has_limits = lambda: sandbox.faults.rate_limit == "vendor"  # noqa: E731 - a question asked in two places
    url = lambda: sandbox.url  # noqa: E731 - known once it listens
    bucket, meter, application = Bucket(portal, has_limits), Meter(portal, has_limits), Application(url)
    events = Events(portal, sandbox.call_later, url)
    events.tokens = application.tokens
    portal.happened = events.tell
    methods = Methods(portal, meter, events)
    gate = _Gate(webhook, application, bucket, portal)
    for name in [*methods.names]:
        path = re.escape(name)
        sandbox.route(
            "POST", rf"/rest/(?P<user>\d+)/(?P<secret>[^/]+)/{path}(\.json)?", _by_webhook(gate, methods, name)
        )
        sandbox.route("POST", rf"/rest/{path}(\.json)?", _by_application(gate, methods, name))
    sandbox.route("GET", "/oauth/token/", application.token)
    sandbox.fallback = gate.unknown
    sandbox.before(gate.redirect)
    sandbox.naming = named

    def reset() -> None:
        portal.options = Options(moved_to=moved_to)
        for each in (portal, events, meter, application):
            each.clear()
        bucket.empty()

    sandbox.on_reset(reset)
    Desk(sandbox, portal, events, application).open()
    return sandbox


class _Gate:
    """Who gets in. Without credentials nothing is said of methods."""

    def __init__(self, webhook: str, application: Application, bucket: Bucket, portal: Portal) -> None:
        self._webhook = webhook
        self._application = application
        self._bucket = bucket
        self._portal = portal

    def redirect(self, request: Request) -> Reply | None:
        if self._portal.options.moved_to and request.path.startswith("/rest/"):
            return Reply(302, "", {"Location": f"{self._portal.options.moved_to}{request.path}"})
        return None

    def webhook(self, user: str, secret: str) -> Caller:
        self._bucket.pour()
        if f"{user}/{secret}" != self._webhook:
            raise Refusal(401, "INVALID_CREDENTIALS", "Invalid request credentials")
        return Caller(int(user), f"webhook:{user}")

    def application(self, token: str) -> Caller:
        self._bucket.pour()
        if self._application.is_expired(token):
            raise Refusal(401, "expired_token", "The access token provided has expired.")
        if token != self._application.access:
            raise Refusal(401, "NO_AUTH_FOUND", "Wrong authorization data")
        return Caller(1, "application", is_application=True)

    def unknown(self, request: Request) -> Reply:
        if request.path.startswith("/rest/"):
            parts = request.path.split("/")
            if len(parts) >= 5 and f"{parts[2]}/{parts[3]}" != self._webhook:
                return Refusal(401, "INVALID_CREDENTIALS", "Invalid request credentials").reply()
            return Refusal(404, "ERROR_METHOD_NOT_FOUND", "Method not found!").reply()
        return Reply(404, "<html><body><h1>404 Not Found</h1></body></html>")


def _by_webhook(gate: _Gate, methods: Methods, name: str) -> Callable[..., Reply]:
    def handle(request: Request, user: str, secret: str, **_rest: str) -> Reply:
        try:
            return Reply(body=methods.call(name, _params(request), gate.webhook(user, secret)))
        except Refusal as refusal:
            return refusal.reply()

    return handle


def _by_application(gate: _Gate, methods: Methods, name: str) -> Callable[..., Reply]:
    def handle(request: Request, **_rest: str) -> Reply:
        params = _params(request)
        try:
            return Reply(body=methods.call(name, params, gate.application(str(params.pop("auth", "")))))
        except Refusal as refusal:
            return refusal.reply()

    return handle


def _params(request: Request) -> Json:
    """JSON or a form; a query as well."""
    found: Json = php_query("&".join(f"{key}={value}" for key, value in request.query))
    if "json" in request.headers.get("content-type", ""):
        try:
            body: Any = request.json()
        except ValueError:
            body = {}
        return {**found, **body} if isinstance(body, dict) else found
    return {**found, **php_query(request.body.decode("utf-8", "replace"))}
