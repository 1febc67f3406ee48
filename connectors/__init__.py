"""Connectors: one folder per outside system, plain Python, no Django below this line."""
