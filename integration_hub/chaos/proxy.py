"""A proxy that reads a call to its end before it passes it on, as nginx does with its defaults; and slow clients."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

LARGEST_BYTES = 4_000_000
HEAD_END = b"\r\n\r\n"


async def _pass_on(upstream: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        head = await reader.readuntil(HEAD_END)
        lines = head[: -len(HEAD_END)].split(b"\r\n")
        length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        body = await reader.readexactly(min(length, LARGEST_BYTES))
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        their_reader, their_writer = await asyncio.open_connection(*upstream)
        their_writer.write(b"\r\n".join([*kept, b"Connection: close"]) + HEAD_END + body)
        await their_writer.drain()
        writer.write(await their_reader.read(-1))
        await writer.drain()
        their_writer.close()
    writer.close()


@contextmanager
def buffering_proxy(address: str) -> Iterator[str]:
    """Yields its own address. One call a connection; any number of slow ones cost it nothing."""
    parts = urlsplit(address)
    upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
    loop, ports = asyncio.new_event_loop(), list[int]()
    ready = threading.Event()

    async def serve() -> None:
        server = await asyncio.start_server(
            lambda reader, writer: _pass_on(upstream, reader, writer), "127.0.0.1", 0, limit=64 * 1024, backlog=1_024
        )
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await server.serve_forever()

    def run() -> None:
        asyncio.set_event_loop(loop)
        with suppress(asyncio.CancelledError, RuntimeError):
            loop.run_until_complete(serve())

    thread = threading.Thread(target=run, name="proxy", daemon=True)
    thread.start()
    ready.wait(20)
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)


@contextmanager
def slow_clients(address: str, count: int, *, byte_every: float = 1.0) -> Iterator[list[socket.socket]]:
    """While the block runs so many clients send a call, a byte at a time, and never come to its end."""
    parts = urlsplit(address)
    lines = [socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) for _ in range(count)]
    for line in lines:
        line.sendall(f"POST /hooks/{'0' * 43}/ HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 100000\r\n".encode())
    stop = threading.Event()

    def drip() -> None:
        text = b"X-Slow: " + b"a" * 100_000
        for place in range(len(text)):
            if stop.wait(byte_every):
                return
            for line in lines:
                with suppress(OSError):
                    line.sendall(text[place : place + 1])

    thread = threading.Thread(target=drip, name="slow clients", daemon=True)
    thread.start()
    try:
        yield lines
    finally:
        stop.set()
        thread.join(20)
        for line in lines:
            line.close()
