"""A payment provider in the test's own process: it answers over HTTP and counts what it was asked.

with Bank() as bank:
    run(CONNECT, url=bank.url)  # a process of Odoo asks it, instead of the provider Demo
    bank.does = "hang_up"
    ...
    run("import urllib.request; urllib.request.urlopen(url)", url=bank.url)  # stands still
    bank.asked  # the names of the orders, one for each request that has arrived
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal

# Core's own way over HTTP, with its errors; only where it leads to is ours.
CONNECT = """
def ask(request):
    order = request.source_transaction_id.sale_order_ids.name
    answer = request.provider_id._send_api_request("POST", "/refund", json={"order": order})
    request._process("demo", {"reference": request.reference, "simulated_state": answer["state"]})

env.registry["payment.transaction"]._send_refund_request = ask
env.registry["payment.provider"]._build_request_url = lambda self, path, **kw: url + path
"""


class Bank:
    """The provider; `does` says what it does with the next requests.

    answer      refunds and says so
    refuse      does not refund and says so
    hang_up     refunds and says nothing
    babble      refunds and says something that nobody understands
    stumble     refunds, and what stands before it says that it does not know
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.waits = False  # Somebody asks for a page that is never given: to be killed there.
        self.refunded: list[str] = []
        self.does: Literal["answer", "refuse", "hang_up", "babble", "stumble"] = "answer"
        self._over = threading.Event()
        bank = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = bank._take(json.loads(body)["order"])
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def do_GET(self) -> None:
                bank.waits = True
                bank._over.wait(300)

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Bank":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _take(self, order: str) -> tuple[int, dict | None]:
        self.asked.append(order)
        does = self.does
        if does == "refuse":
            return 402, {"error": "The card has expired"}
        self.refunded.append(order)
        if does == "hang_up":
            return 0, None
        if does == "stumble":
            return 504, {"error": "Gateway timeout"}
        return 200, {"state": "done"} if does != "babble" else {"what": "?"}
