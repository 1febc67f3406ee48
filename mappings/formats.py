"""The sheets that staff import and export."""

from typing import Any

from import_export.formats.base_formats import CSV, XLSX

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run as a formula by spreadsheet programs."""


def inert(text: str) -> str:
    """The text as a cell that no spreadsheet program runs: an apostrophe before it. ``bare`` takes it off again."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def bare(cell: str) -> str:
    """The text of a cell that ``inert`` made; any other cell stays as it is."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS) else cell


class Sheet(CSV):  # type: ignore[misc] # import-export is untyped
    """CSV that reads semicolons too: spreadsheet programs write them where the comma is the decimal sign."""

    def create_dataset(self, in_stream: Any, **kwargs: Any) -> Any:
        text = in_stream.decode(self.encoding or "utf-8-sig") if isinstance(in_stream, bytes) else in_stream
        header = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=header.count)
        return super().create_dataset(text, delimiter=delimiter, **kwargs)

    def get_title(self) -> str:
        return "csv"


SHEET_FORMATS = [Sheet, XLSX]
