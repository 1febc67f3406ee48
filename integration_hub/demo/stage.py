"""Starts and ends what the demo needs: stand-ins, hub, and a fresh database."""

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep

from django.conf import settings

from integration_hub.web.processes import Child, manage

from .desk import Desk
from .shop import STANDS

READY_SECONDS = 60.0
HUB_STOP_SECONDS = 50.0
"""A little longer than the supervisor gives its own children."""

MARKER = "demo-data"


class StageError(Exception):
    """Something the demo needs did not start."""


def fresh_data(folder: Path) -> None:
    """Empty the demo's data folder. Only a folder that the demo made itself is touched."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        message = f"{folder} holds data that the demo did not make. Set HUB_DATA_DIR to another folder."
        raise StageError(message)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / MARKER).touch()


def free_port(wanted: int) -> int:
    """The wanted port of 127.0.0.1 when it is free, else one that is; 0 asks for any."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    message = "No free port on 127.0.0.1."
    raise StageError(message)


class StandIns:
    """The vendors' stand-ins, in a process of their own."""

    def __init__(self, stands: Sequence[str] = STANDS) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "integration_hub.demo.stands", *stands],
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def desks(self) -> list[Desk]:
        """Where they listen, once they do."""
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        ready, _, _ = select.select([self._process.stdout], [], [], READY_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            message = "The stand-ins did not start."
            raise StageError(message)
        return [Desk(each["kind"], each["url"]) for each in json.loads(line)]

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Hub:
    """The hub as ``./hub serve`` runs it."""

    def __init__(self, port: int, run_dir: Path) -> None:
        self.address = f"http://127.0.0.1:{port}"
        bind = ["serve", "--no-setup", "--bind", f"127.0.0.1:{port}"]
        self._child = Child("hub", manage(*bind), run_dir, env=dict(os.environ))

    def start(self) -> None:
        """Returns when the web server answers."""
        self._child.start()
        end = monotonic() + READY_SECONDS
        while monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.address}/health/live", timeout=2):  # noqa: S310 - loopback
                    return
            except (urllib.error.URLError, OSError):
                sleep(0.1)
        message = "The hub did not start; the lines above say why."
        raise StageError(message)

    @property
    def pid(self) -> int:
        """Of the supervisor, once started."""
        assert self._child.process is not None  # noqa: S101 - asked for after start
        return self._child.process.pid

    def stop(self) -> None:
        self._child.ask_to_stop()
        self._child.wait(HUB_STOP_SECONDS)
        self._child.kill()
