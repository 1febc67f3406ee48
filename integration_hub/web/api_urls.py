"""Addresses below /api/: the push API and its description."""

from django.urls import URLPattern, path

from .push_api import UnknownAddressView
from .push_openapi import (
    CUSTOMERS_VIEW,
    LEADS_VIEW,
    ORDERS_VIEW,
    PING_VIEW,
    PRODUCTS_VIEW,
    STATUS_CHANGES_VIEW,
    DocsView,
    SchemaView,
)

PUSH = "v1/push/<str:token>"

push_patterns = [
    path(f"{PUSH}/orders", ORDERS_VIEW.as_view(), name="push-orders"),
    path(f"{PUSH}/customers", CUSTOMERS_VIEW.as_view(), name="push-customers"),
    path(f"{PUSH}/leads", LEADS_VIEW.as_view(), name="push-leads"),
    path(f"{PUSH}/products", PRODUCTS_VIEW.as_view(), name="push-products"),
    path(f"{PUSH}/status-changes", STATUS_CHANGES_VIEW.as_view(), name="push-status-changes"),
    path(f"{PUSH}/ping", PING_VIEW.as_view(), name="push-ping"),
]

urlpatterns: list[URLPattern] = [
    *push_patterns,
    path("v1/push/<path:rest>", UnknownAddressView.as_view()),
    path("schema/", SchemaView.as_view(), name="push-schema"),
    path("docs/", DocsView.as_view(), name="push-docs"),
]
