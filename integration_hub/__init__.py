"""Integration Hub: a self-hosted bridge between online stores and CRMs."""

__version__ = "0.1.0"
