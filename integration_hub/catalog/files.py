"""The files: one per feed, always whole. A new one takes the place of the old one in one step."""

import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Event
from typing import BinaryIO, TypeVar

from django.conf import settings

from .models import CatalogFeed

T = TypeVar("T")

GZIP_LEVEL = 1
"""A catalog shrinks to about a twentieth at any level; this one costs the least time."""

PACKED = ".gz"

BUFFER = 1 << 18
"""Bytes written or packed at once. In the usual 8 kB, writing a file of 70 MB took over half a second."""

LOOK_AGAIN_SECONDS = 0.05
"""For more to pack."""


@dataclass(frozen=True, slots=True)
class FeedFile:
    """A file as it is on this machine. ``etag`` changes whenever the content does."""

    path: Path
    size: int
    modified: float
    etag: str


def folder() -> Path:
    """Below HUB_DATA_DIR. Web servers on several machines have to share it."""
    path: Path = settings.HUB_DATA_DIR / "feeds"
    path.mkdir(mode=0o750, parents=True, exist_ok=True)
    return path


def file_of(feed: CatalogFeed, *, packed: bool = False) -> FeedFile | None:
    """The present file; None when none was built (on this machine)."""
    path = _path(feed, packed=packed)
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    etag = f'"{found.st_mtime_ns:x}-{found.st_size:x}{"-gz" if packed else ""}"'
    return FeedFile(path, found.st_size, found.st_mtime, etag)


def replace_file(feed: CatalogFeed, write: Callable[[BinaryIO], T]) -> tuple[T, int]:
    """Have the file written beside the old one and put it in its place; returns what ``write`` did, and the size.

    When writing fails the old file stays. The packed copy goes first: a reader never gets a newer plain one with it.
    """
    with NamedTemporaryFile("wb", BUFFER, dir=folder(), prefix=f".{feed.pk}-", suffix=".part", delete=False) as stream:
        temporary = Path(stream.name)
        packed = temporary.with_suffix(PACKED)
        try:
            with _packing(temporary, packed):
                result = write(stream)  # type: ignore[arg-type]  # a file open for writing bytes
                stream.flush()
            os.fsync(stream.fileno())
            size = stream.tell()
            packed.replace(_path(feed, packed=True))
            temporary.replace(_path(feed))
        finally:
            temporary.unlink(missing_ok=True)
            packed.unlink(missing_ok=True)
    return result, size


def remove_file(feed: CatalogFeed) -> None:
    for packed in (False, True):
        _path(feed, packed=packed).unlink(missing_ok=True)


def _path(feed: CatalogFeed, *, packed: bool = False) -> Path:
    return folder() / f"{feed.pk}.feed{PACKED if packed else ''}"


@contextmanager
def _packing(source: Path, target: Path) -> Iterator[None]:
    """Packs the file beside the block that writes it: the packed copy is whole once the block is left."""
    is_whole = Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        packed = pool.submit(_pack, source, target, is_whole)
        try:
            yield
        finally:
            is_whole.set()
        packed.result()


def _pack(source: Path, target: Path, is_whole: Event) -> None:
    with source.open("rb") as plain, gzip.open(target, "wb", compresslevel=GZIP_LEVEL) as packed:
        is_last_look = False
        while not is_last_look:
            is_last_look = is_whole.wait(LOOK_AGAIN_SECONDS)
            shutil.copyfileobj(plain, packed, BUFFER)
