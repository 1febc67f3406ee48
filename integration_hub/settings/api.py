"""Settings of the push API's description. Here and not at its view, because patching them there is not thread-safe."""

from typing import Any

_DESCRIPTION = """\
A shop of one's own sends orders, customers, form leads and status changes. Send the whole present state of an object
whenever it changes; the hub finds out what is new.

**All or nothing.** 202 means that everything in the body is stored for good. With any other answer nothing of it is.

**Signing** (Standard Webhooks 1.0.0): `webhook-id` names the event and stays the same when it is sent again;
`webhook-timestamp` is the Unix time of this try; `webhook-signature` is `v1,` and the base64 of
HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{raw body}`, the key being the base64-decoded part of the secret
after `whsec_`. A shop that cannot sign sends the access token instead, and `Idempotency-Key` in place of `webhook-id`.

**Sending again.** After 503, 5xx or no answer send the same push with the same `webhook-id`: what is stored already is
answered 202 with `"duplicate": true`.
"""


def _header(name: str, description: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "header", "name": name, "description": description}


SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Integration Hub push API",
    "DESCRIPTION": _DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",  # what pydantic writes is JSON Schema 2020-12
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "validatorUrl": None,  # would send the schema's address to a service outside
        "supportedSubmitMethods": [],  # a browser cannot sign, and must not be given the secret
    },
    "REDOC_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [],  # the usual one looks for enums of serializers
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "webhookId": _header("webhook-id", "Names the event; the same for every try. 1 to 200 ASCII characters."),
            "webhookTimestamp": _header("webhook-timestamp", "Unix time in seconds, at most five minutes off."),
            "webhookSignature": _header("webhook-signature", "v1,<base64>; several are separated by spaces."),
            "accessToken": {"type": "http", "scheme": "bearer", "description": "Only for shops that cannot sign."},
        }
    },
}
