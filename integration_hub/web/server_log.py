"""The web server's own log, when somebody switches its access log on (``GUNICORN_CMD_ARGS=--access-logfile=-``)."""

import logging
from typing import Any

from gunicorn.glogging import Logger

from integration_hub.settings.logs import MaskingFormatter, masked


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn ships no types
    """Gunicorn's, with the tokens of hook addresses masked: in files by the formatter, for syslog in the atoms."""

    def _set_handler(self, log: Any, output: Any, fmt: logging.Formatter, stream: Any = None) -> None:
        super()._set_handler(log, output, MaskingFormatter(fmt._fmt, fmt.datefmt), stream)

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        shown = {name: masked(value) if isinstance(value, str) else value for name, value in atoms.items()}
        if shown["U"] != atoms["U"]:
            shown["q"] = "-"  # without its path it cannot be told from any other query
        return shown
