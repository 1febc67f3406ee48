"""Tells staff of what is broken before their customers do: looks, keeps incidents, sends word of them."""
