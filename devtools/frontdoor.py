"""One port in front of the two that an Odoo with workers has: pages, and websockets.

In production a web server does this. Connections are told apart by their first line: a browser
opens a new one for a websocket.
"""

import contextlib
import socket
import socketserver
import threading

CHUNK = 64 * 1024  # bytes
WEBSOCKET = b" /websocket?"


class FrontDoor(socketserver.ThreadingTCPServer):
    """Listens on `port`, in threads of its own; a context manager."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, http_port: int, websocket_port: int) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.http_port, self.websocket_port = http_port, websocket_port

    def __enter__(self) -> "FrontDoor":
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()


class _Connection(socketserver.BaseRequestHandler):
    """One connection of a browser and the one of ours that answers it."""

    def handle(self) -> None:
        """Find out whom it is for, then pass on in both directions until both have ended."""
        near: socket.socket = self.request
        with contextlib.suppress(OSError):
            first = near.recv(CHUNK)
            is_websocket = WEBSOCKET in first.partition(b"\n")[0]
            port = self.server.websocket_port if is_websocket else self.server.http_port
            with socket.create_connection(("127.0.0.1", port)) as far:
                far.sendall(first)
                back = threading.Thread(target=_pump, args=(far, near), daemon=True)
                back.start()
                _pump(near, far)
                back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until it ends, then say so to the other side."""
    with contextlib.suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
