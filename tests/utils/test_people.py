"""What people are told, and what is never called for them."""

from __future__ import annotations

import socketserver
import threading
from typing import Any

import pytest

from listing_worker.errors import ListingInvalid
from listing_worker.utils import people


@pytest.mark.parametrize(
    ("to", "called"),
    [
        (" anna@example.org ", "anna@example.org"),
        ("ntfy://a-secret-topic", "ntfys://a-secret-topic"),
        ("pover://userkeyabcdefghijklmnopqrstuvw@tokenabcdefghijklmnopqrstuvwx", "pover://u...w@t...x//"),
    ],
)
def test_known_services_are_taken_and_called_without_their_secrets(to: str, called: str) -> None:
    assert people.checked(to)[1] == called


@pytest.mark.parametrize(
    "to",
    [
        "ntfy://10.0.0.1/topic", "ntfys://ntfy.example/topic", "json://127.0.0.1/", "mailtos://u:p@10.0.0.1?to=a@b.c",
        "gotify://localhost/token", "file:///etc/passwd", "syslog://", "exec://", "tgram://", "anna@", "http://x/",
    ],
)  # fmt: skip
def test_addresses_of_the_seller_s_own_choice_are_refused(to: str) -> None:
    with pytest.raises(ListingInvalid) as refused:
        people.checked(to)
    assert refused.value.field == "to"


def test_options_of_an_address_are_dropped() -> None:
    assert people.checked("ntfy://a-topic?mode=private&retry=99")[0] == "ntfy://a-topic"


@pytest.mark.parametrize("kind", ["posting.live", "posting.sold", "job.completed", "session.expiring"])
def test_every_event_is_a_sentence_without_anybody_else_s_words(kind: str) -> None:
    data = {"marketplace": "ebay", "reason": {"message": "<b>theirs</b>"}, "success_count": 2}
    title, text = people.told({"type": kind, "data": {**data, "marketplace_results": [{}, {}, {}]}})
    assert title and text.endswith(".") and "theirs" not in title + text
    if kind == "job.completed":
        assert text == "Live on 2 of 3 marketplaces."


class Mailbox(socketserver.StreamRequestHandler):
    """Enough of SMTP to take a mail."""

    taken: list[str] = []  # noqa: RUF012 - one server, one test

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                mail = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    mail += part
                self.taken.append(mail.decode())
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 fine\r\n")


def test_a_mail_goes_by_the_operator_s_server() -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        address, _ = people.checked("anna@example.org")
        port: Any = server.server_address[1]
        server_url = f"mailto://127.0.0.1:{port}?from=w@example.org"
        people.send(address, "eBay: live", "Your listing is live there.", mail_url=server_url)
        server.shutdown()
    [mail] = Mailbox.taken
    assert "To: anna@example.org" in mail and "Subject: eBay: live" in mail


def test_without_a_mail_server_a_mail_is_not_sent() -> None:
    with pytest.raises(people.NotSent, match="no mail server"):
        people.send("email:anna@example.org", "t", "x", mail_url=None)
