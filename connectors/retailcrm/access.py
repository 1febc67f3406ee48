"""The way to an account: its address, its key, and the limit that both share."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

from connectors.contract.spec import Services
from connectors.toolkit.http import HttpClient

from .client import Client
from .config import Config


def client_for(config: Config, services: Services) -> Client:
    """Ready for calls; makes none."""
    bucket = _bucket(config)

    def slow_down(pause: timedelta) -> None:
        services.slow_down(bucket, pause)

    http = HttpClient(
        services,
        config.base_url,
        bucket=bucket,
        headers={"X-API-KEY": config.api_key},
        read_timeout_seconds=config.timeout_seconds,
    )
    return Client(http, config.site, slow_down)


def _bucket(config: Config) -> str:
    """Names the limit of one key on one account without giving the key away."""
    key = hashlib.sha256(config.api_key.encode()).hexdigest()[:12]
    return f"retailcrm:{urlsplit(config.base_url).netloc}:{key}"
