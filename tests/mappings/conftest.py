from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

SignIn = Callable[..., Client]

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """A client of a staff member with these rights of the mappings (``view_coderule`` ...)."""

    def client_of(*rights: str) -> Client:
        user = get_user_model().objects.create_user(f"staff-with-{len(rights)}-rights", is_staff=True)
        permissions = Permission.objects.filter(content_type__app_label="mappings", codename__in=rights)
        assert permissions.count() == len(rights)
        user.user_permissions.set(permissions)
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return client_of


@pytest.fixture
def integrator(sign_in: SignIn) -> Client:
    verbs = ("view", "add", "change", "delete")
    names = ("coderule", "fieldrule", "seencode", "bookentry")
    return sign_in(*(f"{verb}_{name}" for verb in verbs for name in names))


@pytest.fixture
def viewer(sign_in: SignIn) -> Client:
    return sign_in("view_coderule", "view_fieldrule", "view_seencode", "view_bookentry")
