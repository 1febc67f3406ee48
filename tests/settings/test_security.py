import tomllib
from pathlib import Path

import pytest
from django.test import Client

import integration_hub

SEEN_BY_A_BROWSER = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.django_db
def test_every_page_may_load_own_files_only(client: Client) -> None:
    response = client.get("/admin/login/")

    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert response.status_code == 200
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["frame-ancestors"] == "'none'"
    assert "http" not in response.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_every_page_carries_the_headers_that_harden_a_browser(client: Client) -> None:
    response = client.get("/admin/login/")

    assert {name: response.headers.get(name) for name in SEEN_BY_A_BROWSER} == SEEN_BY_A_BROWSER


@pytest.mark.django_db
def test_the_sixth_wrong_password_is_not_looked_at(client: Client) -> None:
    wrong = {"username": "olga", "password": "wrong"}

    answers = [client.post("/admin/login/", wrong).status_code for _ in range(6)]

    assert answers == [200, 200, 200, 200, 429, 429]


def test_the_version_is_the_same_in_both_places() -> None:
    project = tomllib.loads((Path(integration_hub.__file__).parents[1] / "pyproject.toml").read_text())["project"]

    assert project["version"] == integration_hub.__version__
