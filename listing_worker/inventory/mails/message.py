"""A mail as it came in: what it says, and whether a receiver that we trust states that it is genuine. Pure.

A sender's name proves nothing. Genuine is a mail only if the receiver named in MAIL_TRUSTED_RECEIVERS wrote
`dkim=pass` or `dmarc=pass` for the sender's own domain (RFC 8601). Receivers put their line on top, so of several lines
of one receiver only the first counts: those below came with the mail, and anybody can write them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr
from hashlib import sha256
from html.parser import HTMLParser

from listing_worker.inventory.mails.rules import within

BYTE_LIMIT = 1_000_000
_TEXT_LIMIT = 300_000  # characters that are searched
_PARTS = 40
_COMMENT = re.compile(r"\([^()]*\)")
_PASS = re.compile(r"^\s*(dkim|dmarc)\s*=\s*pass\b(.*)$", re.IGNORECASE | re.DOTALL)
_DOMAIN = re.compile(r"\bheader\.(?:d|i|from)\s*=\s*\"?(?:[^\s\";@]*@)?([A-Za-z0-9.-]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Mail:
    """`text` is everything readable: the words and the addresses of links. `passed`: domains for which a trusted
    receiver states that the mail is theirs."""

    id: str
    sender: str  # domain of From
    subject: str
    text: str
    passed: tuple[str, ...]

    def is_from(self, domains: Sequence[str]) -> bool:
        return within(self.sender, domains)

    def is_genuine(self, domains: Sequence[str]) -> bool:
        """From one of these domains, and vouched for."""
        return self.is_from(domains) and any(within(domain, domains) for domain in self.passed)


def read_mail(raw: bytes, trusted_receivers: Sequence[str]) -> Mail | None:
    """None for what is no mail (no From line). `raw`: the message as the mail server had it."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    sender = parseaddr(_header(message, "From"))[1].rpartition("@")[2].lower()
    if not sender:
        return None
    given = _header(message, "Message-ID").strip()
    return Mail(
        id=given[:300] or f"sha256:{sha256(raw).hexdigest()}",
        sender=sender,
        subject=" ".join(_header(message, "Subject").split())[:1000],
        text=_text_of(message)[:_TEXT_LIMIT],
        passed=tuple(_passed(_headers(message, "Authentication-Results"), trusted_receivers)),
    )


def _header(message: EmailMessage, name: str) -> str:
    return next(iter(_headers(message, name)), "")


def _headers(message: EmailMessage, name: str) -> list[str]:
    """A header that cannot be parsed reads as it stands: hostile mail must not stop us."""
    try:
        return [str(value) for value in message.get_all(name, [])]
    except (ValueError, IndexError, AttributeError, TypeError):  # what the standard parser raises on broken headers
        return [str(value) for key, value in message.raw_items() if key.lower() == name.lower()]


def _passed(lines: Sequence[str], trusted: Sequence[str]) -> list[str]:
    for line in lines:
        receiver, _, results = _COMMENT.sub(" ", line).partition(";")
        name = (receiver.split() or [""])[0].lower()
        if name not in {one.lower() for one in trusted}:
            continue
        found = [_PASS.match(result) for result in results.split(";")]
        return [domain for match in found if match for domain in _DOMAIN.findall(match.group(2))]
    return []


def _text_of(message: EmailMessage) -> str:
    texts = []
    for number, part in enumerate(message.walk()):
        if number >= _PARTS:
            break
        if part.get_content_maintype() != "text":
            continue
        raw = part.get_payload(decode=True)
        if not isinstance(raw, bytes):
            continue
        try:
            text = raw.decode(part.get_content_charset() or "utf-8", "replace")
        except LookupError:  # a charset that nobody knows
            text = raw.decode("utf-8", "replace")
        texts.append(_readable(text) if part.get_content_subtype() == "html" else text)
    return "\n".join(texts)


def _readable(html: str) -> str:
    reader = _Readable()
    reader.feed(html[: _TEXT_LIMIT * 3])
    return " ".join(reader.words)


class _Readable(HTMLParser):
    """The words of a page, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in {"style", "script", "title"}
        self.words += [value for name, value in attrs if name == "href" and value]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script", "title"} and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(data.strip())
