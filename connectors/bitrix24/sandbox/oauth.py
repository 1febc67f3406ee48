"""The vendor's sign-in server, for the application of the pretended portal. Refresh tokens rotate."""

from collections.abc import Callable
from itertools import count

from connectors.bitrix24.sandbox.events import MEMBER_ID
from connectors.bitrix24.sandbox.wire import Json
from connectors.toolkit.sandbox import Reply, Request

CLIENT_ID = "local.6a1b2c3d4e5f60.12345678"
CLIENT_SECRET = "sandboxClientSecret0000000000000001"


class Application:
    """One installed local application and its tokens."""

    def __init__(self, url: Callable[[], str]) -> None:
        self._url = url
        self._numbers = count(1)
        self.refreshes = 0
        self.refused_refreshes = 0
        self.clear()

    def clear(self) -> None:
        self.refreshes = self.refused_refreshes = 0
        self._expired: set[str] = set()
        self.access, self._refresh = self._pair()

    def tokens(self) -> Json:
        return {"access_token": self.access, "refresh_token": self._refresh}

    def expire(self) -> None:
        """The hour is over."""
        self._expired.add(self.access)

    def is_expired(self, token: str) -> bool:
        return token in self._expired

    def token(self, request: Request) -> Reply:
        """``GET /oauth/token/``; a refresh token works once."""
        if request.one("client_id") != CLIENT_ID or request.one("client_secret") != CLIENT_SECRET:
            return Reply(400, {"error": "invalid_client", "error_description": "The client credentials are invalid"})
        if request.one("grant_type") != "refresh_token" or request.one("refresh_token") != self._refresh:
            self.refused_refreshes += 1
            return Reply(400, {"error": "invalid_grant", "error_description": "Invalid grant"})
        self._expired.add(self.access)
        self.access, self._refresh = self._pair()
        self.refreshes += 1
        return Reply(
            body={
                **self.tokens(),
                "client_endpoint": f"{self._url()}/rest/",
                "domain": "oauth.bitrix.info",
                "expires_in": 3600,
                "member_id": MEMBER_ID,
                "scope": "crm,user_basic",
                "server_endpoint": "https://oauth.bitrix.info/rest/",
                "status": "L",
                "user_id": 1,
            }
        )

    def _pair(self) -> tuple[str, str]:
        number = next(self._numbers)
        return f"sandboxaccess{number:019d}", f"sandboxrefresh{number:018d}"
