"""A cart that was left travels as a lead of a form of its own: it changes under one id, and may become an order."""

from .canonical import Lead

CART_FORM = "cart"
"""``form`` of a lead that is a cart."""


def is_cart(lead: Lead) -> bool:
    return lead.form == CART_FORM
