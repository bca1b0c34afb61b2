"""The mail catcher's web page: the mails, one mail, its HTML part in a sandbox, its files."""

import json
import urllib.parse
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .mailcatcher import Mail, MailCatcher

ALLOWED = "allow-popups allow-popups-to-escape-sandbox"
HEAD = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">"""
STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 60rem; padding: 1rem }
h1 { font-size: 1.25rem }
ol { list-style: none; padding: 0 }
li { border-top: 1px solid #8884 }
li a { color: inherit; display: block; padding: .6rem .2rem; text-decoration: none }
li a:hover { background: #8882 }
small, dt { opacity: .7 }
iframe { width: 100%; height: 70vh; border: 1px solid #8886; background: #fff }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem }
dd { margin: 0; overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
"""


class Page(BaseHTTPRequestHandler):
    """Answers for the catcher that its server carries."""

    def do_GET(self) -> None:
        """Serve /, /mails.json, /<id>, /<id>/html and /<id>/files/<name>."""
        catcher: MailCatcher = self.server.catcher
        path = self.path.partition("?")[0]
        words = [urllib.parse.unquote(word) for word in path.split("/") if word]
        if not words:
            self._send(_list_page(catcher))
            return
        if words == ["mails.json"]:
            mails = [_summary(mail) for mail in reversed(catcher.find())]
            self._send(json.dumps(mails), "application/json")
            return
        mail = catcher.get(int(words[0])) if words[0].isdigit() else None
        match (mail, words[1:]):
            case (None, _):
                self.send_error(HTTPStatus.NOT_FOUND)
            case (_, []):
                self._send(_mail_page(mail))
            case (_, ["html"]):
                self._send(f'<base target="_blank">{mail.html}', sandbox=True)
            case (_, ["files", name]) if name in mail.attachments:
                is_pdf = name.lower().endswith(".pdf")
                kind = "application/pdf" if is_pdf else "application/octet-stream"
                self._send(mail.attachments[name], kind)
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def _send(
        self, body: str | bytes, kind: str = "text/html; charset=utf-8", sandbox: bool = False
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if sandbox:  # also when it is opened outside of the frame
            self.send_header("Content-Security-Policy", f"sandbox {ALLOWED}; script-src 'none'")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Write no access log."""


def _summary(mail: "Mail") -> dict[str, object]:
    return {
        "id": mail.id,
        "received": mail.received.isoformat(timespec="seconds"),
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "attachments": list(mail.attachments),
    }


def _list_page(catcher: "MailCatcher") -> str:
    rows = "".join(_row(mail) for mail in reversed(catcher.find()))
    refresh = '<meta http-equiv="refresh" content="5">'
    return _page("Mails", refresh + (f"<ol>{rows}</ol>" if rows else "<p>No mail yet.</p>"))


def _row(mail: "Mail") -> str:
    files = "".join(f" · {escape(name)}" for name in mail.attachments)
    return (
        f'<li><a href="/{mail.id}"><strong>{_title(mail)}</strong><br>'
        f"<small>{_about(mail)}{files}</small></a></li>"
    )


def _mail_page(mail: "Mail") -> str:
    files = "".join(
        f'<li><a href="/{mail.id}/files/{urllib.parse.quote(name, safe="")}">'
        f"{escape(name)} <small>{len(content) / 1024:.0f} kB</small></a></li>"
        for name, content in mail.attachments.items()
    )
    headers = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>"
        for name, value in mail.message.items()
    )
    frame = f'<iframe sandbox="{ALLOWED}" src="/{mail.id}/html" title="The mail"></iframe>'
    return _page(
        _title(mail),
        f'<p><a href="/">All mails</a> · <small>{_about(mail)}</small></p><ol>{files}</ol>'
        f"{frame if mail.html else ''}"
        f"<details{'' if mail.html else ' open'}><summary>Text</summary>"
        f"<pre>{escape(mail.text)}</pre></details>"
        f"<details><summary>Headers</summary><dl>{headers}</dl></details>",
    )


def _page(title: str, body: str) -> str:
    return f"{HEAD}<title>{title}</title><style>{STYLE}</style><h1>{title}</h1>{body}"


def _title(mail: "Mail") -> str:
    return escape(mail.subject) or "(no subject)"


def _about(mail: "Mail") -> str:
    when = mail.received.astimezone()
    return f"to {escape(', '.join(mail.recipients))} · {when:%Y-%m-%d %H:%M:%S}"
