"""One port in front of the two that an Odoo with workers has: pages, and websockets.

In production a web server does this. Connections are told apart by their first line: a browser
opens a new one for a websocket.
"""

import asyncio
import contextlib
import threading

CHUNK = 64 * 1024  # bytes
WEBSOCKET = b" /websocket"


class FrontDoor:
    """Listens on `port`, in a thread of its own; a context manager."""

    def __init__(self, port: int, http_port: int, websocket_port: int) -> None:
        self._port, self._http_port, self._websocket_port = port, http_port, websocket_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "FrontDoor":
        self._thread.start()
        listening = asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=CHUNK)
        asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(OSError, ValueError):
            first = await reader.readline()
            if not first:
                return
            is_websocket = WEBSOCKET in first and b"/websocket/" not in first
            port = self._websocket_port if is_websocket else self._http_port
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
            with contextlib.closing(to_writer):
                to_writer.write(first)
                await asyncio.gather(_pump(reader, to_writer), _pump(to_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends, then say so to the other side."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
