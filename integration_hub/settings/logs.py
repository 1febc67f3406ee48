"""Log lines without what guards our doors: the token of a hook address, and secrets that stand in its query.

And without the traceback of a request that was refused: it tells of our code, where somebody else did wrong.
"""

import logging
import re

MASK = "•••"

_DOOR = re.compile(r"(/(?:hooks|api/v\d+/push)/)[A-Za-z0-9_~%.-]+(/[^\s?\"'>]*)?(\?[^\s\"'>]*)?")


def masked(text: str) -> str:
    """The text with tokens and queries of our doors' addresses masked."""
    return _DOOR.sub(lambda found: f"{found[1]}{MASK}{found[2] or ''}{'?' + MASK if found[3] else ''}", text)


class MaskingFormatter(logging.Formatter):
    """Masks the whole line, traceback included: a token may stand in any argument."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class OneLineForRefusals(logging.Filter):
    """Lets all pass, and takes the traceback off what was answered with 4xx: a wrong host, a page that a role does not
    include, an address that is none. Faults of ours (5xx) keep theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        is_suspicious = record.name.startswith("django.security.")
        status = getattr(record, "status_code", 400 if is_suspicious else 500)
        if record.name.startswith("django.") and 400 <= status < 500:
            record.exc_info = record.exc_text = None
        return True
