"""The OpenAPI description of the push API: security schemes, examples, components out of the canonical models."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from pydantic import BaseModel

from . import push_examples as examples
from .push_answers import Pong, PushAccepted, PushInvalid, PushRefused
from .push_api import CustomersView, LeadsView, OrdersView, PingView, ProductsView, PushView, StatusChangesView
from .push_schema import body_model

SIGNED: dict[str, list[str]] = {"webhookId": [], "webhookTimestamp": [], "webhookSignature": []}
SECURITY: list[Any] = [SIGNED, {"accessToken": []}]
"""Three headers together, or the token; the schemes themselves stand in ``settings/api.py``."""

TOKEN = OpenApiParameter(
    "token", str, OpenApiParameter.PATH, description="The connection's token, as its page in the hub shows it."
)


class PydanticComponents(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # its registration is untyped
    """Requests as they may be written, answers as they are written; drf-spectacular's own knows only the latter."""

    target_class = BaseModel
    match_subclasses = True
    priority = 1

    def get_name(self, auto_schema: Any, direction: Any) -> str:  # noqa: ARG002  # drf-spectacular's interface
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: Any, direction: Any) -> Any:
        schema = self.target.model_json_schema(
            ref_template="#/components/schemas/{model}",
            mode="validation" if direction == "request" else "serialization",
        )
        for name, part in schema.pop("$defs", {}).items():
            component = ResolvedComponent(  # type: ignore[no-untyped-call]  # untyped there
                name=name, type=ResolvedComponent.SCHEMA, object=name, schema=part
            )
            auto_schema.registry.register_on_missing(component)
        return schema


def described(view: type[PushView], example: dict[str, Any]) -> type[PushView]:
    """The view with the description of its body and of every answer."""
    kind = view.kind
    refused = {
        400: "Not JSON, not UTF-8 or incomplete; the message names the place.",
        401: "Address, signature or access token is wrong; which of them is not told.",
        411: "The body came without Content-Length.",
        413: "The body is too large.",
        415: "The body is not application/json in UTF-8.",
        503: "The hub cannot store just now; Retry-After says when to send the same push again.",
    }
    answers: dict[int, Any] = {
        202: OpenApiResponse(PushAccepted, "Stored.", [_example("Stored", examples.ACCEPTED, [202], answer=True)]),
        422: OpenApiResponse(
            PushInvalid,
            "Understood as JSON, but not valid.",
            [_example("Invalid", examples.INVALID, [422], answer=True)],
        ),
        **{status: OpenApiResponse(PushRefused, text) for status, text in refused.items()},
    }
    operation = extend_schema(
        operation_id=f"push_{kind.many}",
        summary=f"{kind.title}: one, or up to 500",
        description=f"Body: `{kind.one}` with one object, or `{kind.many}` with a list. All are stored, or none.",
        tags=["push"],
        parameters=[TOKEN],
        request={"application/json": body_model(kind)},
        responses=dict(sorted(answers.items())),
        examples=[
            _example("One object", {kind.one: example}),
            _example("Several objects", {kind.many: [example]}),
        ],
        auth=SECURITY,
    )
    return extend_schema_view(post=operation)(view)


def described_ping(view: type[PingView]) -> type[PingView]:
    operation = extend_schema(
        operation_id="push_ping",
        summary="Test address and signature",
        description="Signed over the empty body.",
        tags=["push"],
        parameters=[TOKEN],
        responses={200: Pong, 401: OpenApiResponse(PushRefused, "Address, signature or access token is wrong.")},
        auth=SECURITY,
    )
    return extend_schema_view(get=operation)(view)


def _example(name: str, value: dict[str, Any], statuses: list[int] | None = None, *, answer: bool = False) -> Any:
    codes = [str(status) for status in statuses or []]
    return OpenApiExample(name, value=value, request_only=not answer, response_only=answer, status_codes=codes or None)


class SchemaView(SpectacularJSONAPIView):
    """The description as JSON; names no connection and no setting of this installation."""


class DocsView(SpectacularSwaggerSplitView):
    """The same to read. Its script is a file of ours, so the page keeps to the policy of all others."""

    url_name = "push-schema"
    title = "Integration Hub push API"


ORDERS_VIEW = described(OrdersView, examples.ORDER)
CUSTOMERS_VIEW = described(CustomersView, examples.CUSTOMER)
LEADS_VIEW = described(LeadsView, examples.LEAD)
PRODUCTS_VIEW = described(ProductsView, examples.PRODUCT)
STATUS_CHANGES_VIEW = described(StatusChangesView, examples.STATUS_CHANGE)
PING_VIEW = described_ping(PingView)
