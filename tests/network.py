"""Keeps the suite on this machine: a connection beyond loopback is a fault of the test, not of the line."""

import ipaddress
import socket
from typing import Any

import pytest

_patch = pytest.MonkeyPatch()
_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex
_getaddrinfo = socket.getaddrinfo


class OutsideCallError(RuntimeError):
    """No OSError on purpose: the code under test is meant to survive those, and would hide this one."""


def _is_local(host: object) -> bool:
    if host is None or host in {"", "localhost", b"localhost", "testserver"}:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse_outside(sock: socket.socket, address: Any) -> None:
    if sock.family in {socket.AF_INET, socket.AF_INET6} and not _is_local(address[0]):
        message = f"a test tried to connect to {address[0]}; only loopback is allowed"
        raise OutsideCallError(message)


def _guarded_connect(sock: socket.socket, address: Any) -> None:
    _refuse_outside(sock, address)
    _connect(sock, address)


def _guarded_connect_ex(sock: socket.socket, address: Any) -> int:
    _refuse_outside(sock, address)
    return _connect_ex(sock, address)


def _guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
    try:
        numeric = host is None or bool(ipaddress.ip_address(str(host)))
    except ValueError:
        numeric = False
    if not numeric and not _is_local(host):
        message = f"a test tried to resolve {host}; names beyond loopback are not looked up"
        raise OutsideCallError(message)
    return _getaddrinfo(host, *args, **kwargs)


def guard() -> None:
    _patch.setattr(socket.socket, "connect", _guarded_connect)
    _patch.setattr(socket.socket, "connect_ex", _guarded_connect_ex)
    _patch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo)


def unguard() -> None:
    _patch.undo()
