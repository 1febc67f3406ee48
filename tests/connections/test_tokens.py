"""Rotating tokens: however many workers find one expired, it is renewed once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Lock

import pytest
from django.db import connection as database
from django.utils import timezone

from connectors.contract.errors import Misconfigured, Retryable
from integration_hub.connections.models import Connection, ConnectionToken
from integration_hub.connections.tokens import StoredTokens

WORKERS = 6


@pytest.fixture
def account(db: None) -> Connection:
    return Connection.objects.create(kind="retailcrm", role="crm", name="CRM")


class Vendor:
    """Rotates the token at each refresh and takes each one only once."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._lock = Lock()

    def refresh(self, value: str) -> str:
        with self._lock:
            assert value not in self.calls, "a refresh token that was used already"
            self.calls.append(value)
            return f"{value}+"


@pytest.mark.django_db(transaction=True)
def test_token_that_many_workers_find_expired_is_renewed_once() -> None:
    account = Connection.objects.create(kind="retailcrm", role="crm", name="CRM")
    StoredTokens(account.pk).put("oauth", "a")
    vendor, barrier = Vendor(), Barrier(WORKERS)

    def work() -> str:
        try:
            barrier.wait(10)
            return StoredTokens(account.pk).renewed("oauth", "a", vendor.refresh)
        finally:
            database.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        got = [future.result() for future in [pool.submit(work) for _ in range(WORKERS)]]

    assert got == ["a+"] * WORKERS
    assert vendor.calls == ["a"]
    assert StoredTokens(account.pk).get("oauth") == "a+"


def test_value_that_another_worker_stored_meanwhile_is_used(account: Connection) -> None:
    tokens = StoredTokens(account.pk)
    tokens.put("oauth", "b")

    assert tokens.renewed("oauth", "a", _fail) == "b"


def test_first_sign_in_starts_from_nothing(account: Connection) -> None:
    tokens = StoredTokens(account.pk)

    assert tokens.renewed("oauth", "", lambda seen: f"first{seen}") == "first"
    assert tokens.get("oauth") == "first"


def test_refresh_that_fails_leaves_the_value_and_lets_the_next_try(account: Connection) -> None:
    tokens = StoredTokens(account.pk)
    tokens.put("oauth", "a")

    with pytest.raises(Misconfigured):
        tokens.renewed("oauth", "a", _fail)

    assert tokens.get("oauth") == "a"
    assert tokens.renewed("oauth", "a", lambda seen: f"{seen}+") == "a+"


def test_worker_that_died_while_it_renewed_is_waited_for_and_then_replaced(account: Connection) -> None:
    slept: list[float] = []
    tokens = StoredTokens(account.pk, sleep=slept.append)
    tokens.put("oauth", "a")
    dead = ConnectionToken.objects.filter(name="oauth")
    dead.update(lease_owner="dead", lease_until=timezone.now() + timedelta(seconds=30))

    with pytest.raises(Retryable, match="Another worker"):
        tokens.renewed("oauth", "a", _fail)

    assert sum(slept) == pytest.approx(20)
    dead.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert tokens.renewed("oauth", "a", lambda seen: f"{seen}+") == "a+"
    assert dead.get().lease_owner == ""


def test_value_stored_between_look_and_lease_is_used(account: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = StoredTokens(account.pk)
    tokens.put("oauth", "a")
    take: Callable[[str, str], bool] = tokens._take

    def late(name: str, owner: str) -> bool:
        tokens.put(name, "b")
        return take(name, owner)

    monkeypatch.setattr(tokens, "_take", late)

    assert tokens.renewed("oauth", "a", _fail) == "b"


def _fail(_value: str) -> str:
    message = "The account has withdrawn the sign-in."
    raise Misconfigured(message)
