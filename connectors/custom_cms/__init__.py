"""A shop without a platform: it pushes its orders, we call back."""
