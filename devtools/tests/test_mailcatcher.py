"""The mail catcher, over real SMTP."""

import json
import smtplib
import urllib.error
import urllib.request
from email.message import EmailMessage

import pytest

from devtools.mailcatcher import MailCatcher


@pytest.fixture
def mails(tmp_path):
    with MailCatcher(tmp_path) as catcher:
        yield catcher


def _message(to: str = "Anna@example.com") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Beställning <1>"
    message["From"] = "shop@example.com"
    message["To"] = to
    message.set_content("Tack")
    message.add_alternative('<a href="http://x.example/?a=1&amp;b=2">Hit</a>', subtype="html")
    message.add_attachment(
        b"%PDF-1.4", maintype="application", subtype="pdf", filename="Faktura Å 1/2.pdf"
    )
    return message


def _send(mails: MailCatcher, *to: str) -> None:
    with smtplib.SMTP("127.0.0.1", mails.smtp_port) as client:
        client.send_message(_message(), to_addrs=to or None)


def _get(mails: MailCatcher, path: str):
    with urllib.request.urlopen(mails.url + path) as answer:
        return answer.headers, answer.read().decode()


def test_mail_is_kept_with_its_parts(mails):
    _send(mails)
    [mail] = mails.wait(to="anna@example.com", subject="beställning")
    assert mail.subject == "Beställning <1>"
    assert mail.text.strip() == "Tack"
    assert mail.links == ["http://x.example/?a=1&b=2"]
    assert mail.attachments == {"Faktura Å 1/2.pdf": b"%PDF-1.4"}


def test_mails_are_there_again_after_a_restart(mails, tmp_path):
    _send(mails)
    with MailCatcher(tmp_path) as later:
        assert [mail.recipients for mail in later.find()] == [("anna@example.com",)]
        _send(later)
        assert [mail.id for mail in later.find()] == [1, 2]


def test_page_lists_mails_newest_first_and_shows_them_harmless(mails):
    _send(mails)
    _send(mails, "bert@example.com")
    listed = json.loads(_get(mails, "/mails.json")[1])
    assert [entry["to"] for entry in listed] == [["bert@example.com"], ["anna@example.com"]]
    assert "Beställning &lt;1&gt;" in _get(mails, "/")[1]
    assert "sandbox=" in _get(mails, "/1")[1]
    headers, body = _get(mails, "/1/html")
    assert "script-src 'none'" in headers["Content-Security-Policy"]
    assert 'target="_blank"' in body
    headers, body = _get(mails, "/1/files/Faktura%20%C3%85%201%2F2.pdf")
    assert (headers["Content-Type"], body) == ("application/pdf", "%PDF-1.4")


@pytest.mark.parametrize("path", ["/7", "/x", "/1/files/../../etc/passwd", "/1/other"])
def test_page_does_not_know_anything_else(mails, path):
    _send(mails)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        _get(mails, path)


def test_server_refuses_whom_it_is_told_to(mails):
    mails.refuse("Bert@example.com")
    _send(mails, "anna@example.com")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        _send(mails, "bert@example.com")
    mails.refuse()
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        _send(mails, "anna@example.com")
    mails.accept()
    _send(mails, "bert@example.com")
    assert len(mails.find()) == 2


def test_server_hangs_up_on_whom_it_is_told_to(mails):
    mails.hang_up("Anna@example.com")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        _send(mails)
    _send(mails, "bert@example.com")
    mails.accept()
    _send(mails)
    assert len(mails.find()) == 2


def test_waiting_in_vain_says_what_came(mails):
    _send(mails)
    with pytest.raises(TimeoutError, match="Beställning <1>"):
        mails.wait(subject="Invoice", seconds=0.2)
