"""Log lines without what guards our doors: the token of a hook address, and secrets that stand in its query."""

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
