"""A mail server that delivers nothing: it keeps what it gets as .eml files and shows it on a page.

    python -m devtools.mailcatcher --smtp-port 1025 --http-port 8025 --dir .dev/mails

In tests: `with MailCatcher(folder) as mails: ... mails.wait(to="anna@example.com")`.
"""

import argparse
import email
import email.policy
import html
import itertools
import re
import signal
import threading
from dataclasses import dataclass
from datetime import datetime, timezone
from email.message import EmailMessage
from http.server import ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from .mailpage import Page
from .odoo_bin import end_with_parent
from .wait import wait_for

EVERYBODY = "*"
REFUSED = "550 5.7.1 This test server refuses this recipient"
LARGEST = 50 * 2**20  # bytes
RECIPIENT = "X-Recipient"  # the header in which we note whom the sending server named


@dataclass(frozen=True)
class Mail:
    """One mail as it came in, with the recipients that the sending server named."""

    id: int
    received: datetime
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The decoded subject."""
        return str(self.message["Subject"] or "")

    @property
    def sender(self) -> str:
        """Whom the mail says it is from."""
        return str(self.message["From"] or "")

    @property
    def html(self) -> str:
        """The HTML part."""
        return self._body("html")

    @property
    def text(self) -> str:
        """The plain text part."""
        return self._body("plain")

    @property
    def links(self) -> list[str]:
        """The addresses that the HTML part links to."""
        return [
            html.unescape(link) for link in re.findall(r"href=[\"'](https?:[^\"']+)", self.html)
        ]

    @property
    def attachments(self) -> dict[str, bytes]:
        """The attached files by their names."""
        return {
            part.get_filename() or part.get_content_type(): part.get_payload(decode=True) or b""
            for part in self.message.iter_attachments()
        }

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return part.get_content() if part else ""

    @classmethod
    def read(cls, path: Path) -> "Mail":
        """Read a mail that the catcher has written."""
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        received = datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
        return cls(int(path.stem), received, tuple(message.get_all(RECIPIENT, [])), message)


class MailCatcher:
    """The SMTP server and its web page, on free ports unless told otherwise; a context manager."""

    def __init__(self, folder: Path, smtp_port: int = 0, http_port: int = 0) -> None:
        """Keep mails in the folder; those that lie there already are listed, too."""
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._mails = [Mail.read(path) for path in sorted(folder.glob("*.eml"))]
        self._numbers = itertools.count(max((mail.id for mail in self._mails), default=0) + 1)
        self._refused: set[str] = set()
        self._hung_up: set[str] = set()
        self._lock = threading.Lock()
        self._smtp = _Smtp(self, smtp_port)
        self._http = ThreadingHTTPServer(("127.0.0.1", http_port), Page)
        self._http.daemon_threads = True
        self._http.catcher = self

    def __enter__(self) -> "MailCatcher":
        self._smtp.start()
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._smtp.stop()

    @property
    def smtp_port(self) -> int:
        """The port that takes mails."""
        return self._smtp.port

    @property
    def url(self) -> str:
        """The address of the page with the mails."""
        return f"http://127.0.0.1:{self._http.server_port}"

    def refuse(self, *addresses: str) -> None:
        """Refuse mails to these addresses from now on; to everybody when none is named."""
        self._refused |= {address.lower() for address in addresses} or {EVERYBODY}

    def hang_up(self, *addresses: str) -> None:
        """End the connection instead of taking mails to these addresses, from now on."""
        self._hung_up |= {address.lower() for address in addresses}

    def accept(self) -> None:
        """Accept every mail again."""
        self._refused.clear()
        self._hung_up.clear()

    def refuses(self, address: str) -> bool:
        """Tell whether a mail to this address is refused."""
        return bool(self._refused & {EVERYBODY, address.lower()})

    def hangs_up_on(self, recipients: list[str]) -> bool:
        """Tell whether the connection ends instead of a mail to these being taken."""
        return not self._hung_up.isdisjoint(recipient.lower() for recipient in recipients)

    def clear(self) -> None:
        """Forget all mails."""
        with self._lock:
            self._mails.clear()
            for path in self.folder.glob("*.eml"):
                path.unlink()

    def find(self, to: str = "", subject: str = "") -> list[Mail]:
        """Return the mails to this address whose subject contains the text, oldest first."""
        with self._lock:
            mails = list(self._mails)
        to, subject = to.lower(), subject.lower()
        return [
            mail
            for mail in mails
            if (not to or to in mail.recipients) and subject in mail.subject.lower()
        ]

    def wait(
        self, to: str = "", subject: str = "", count: int = 1, seconds: float = 60
    ) -> list[Mail]:
        """Wait until `count` such mails have come; return all such mails.

        :raises TimeoutError: names the mails that did come
        """

        def wanted() -> str:
            came = "; ".join(f"{m.subject!r} to {', '.join(m.recipients)}" for m in self.find())
            return f"{count} mail(s) to {to or '*'} about {subject or '*'} (came: {came or 'none'})"

        def enough() -> list[Mail]:
            found = self.find(to, subject)
            return found if len(found) >= count else []

        return wait_for(enough, wanted, seconds)

    def get(self, number: int) -> Mail | None:
        """Return the mail with this number."""
        return next((mail for mail in self.find() if mail.id == number), None)

    def add(self, content: bytes, recipients: list[str]) -> None:
        """Keep a mail."""
        head = "".join(f"{RECIPIENT}: {recipient.lower()}\r\n" for recipient in recipients)
        with self._lock:
            path = self.folder / f"{next(self._numbers):06}.eml"
            part = path.with_suffix(".part")
            part.write_bytes(head.encode() + content)
            part.replace(path)
            self._mails.append(Mail.read(path))


class _Smtp(Controller):
    """The SMTP server, in a thread of its own."""

    def __init__(self, catcher: MailCatcher, port: int) -> None:
        super().__init__(self, hostname="127.0.0.1", port=port, data_size_limit=LARGEST)
        self._catcher = catcher

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # when any port was asked for
        super()._trigger_server()

    async def handle_RCPT(  # the names are aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._catcher.refuses(address):
            return REFUSED
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._catcher.hangs_up_on(envelope.rcpt_tos):
            server.transport.abort()
            return ""
        self._catcher.add(envelope.original_content or b"", envelope.rcpt_tos)
        return "250 Kept"


def main() -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(description="Catch mails and show them.")
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    parser.add_argument("--dir", type=Path, required=True)
    args = parser.parse_args()
    ending = {signal.SIGINT, signal.SIGTERM}
    end_with_parent()
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    with MailCatcher(args.dir, args.smtp_port, args.http_port) as catcher:
        print(f"Mails to port {catcher.smtp_port} are on {catcher.url}", flush=True)
        signal.sigwait(ending)


if __name__ == "__main__":
    main()
