"""What people are told, and how it reaches them: e-mail by the operator's mail server, push by a few known services.

Apprise (BSD-2-Clause) speaks to the services. Only those are taken whose address is fixed by the service itself, so
that nobody makes the worker call a machine of their choice; options behind a `?` are dropped for the same reason. The
texts are ours alone: nothing that a seller or a marketplace wrote is in them.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from listing_worker.errors import ListingInvalid

SERVICES = ("tgram", "discord", "slack", "pover", "pbul", "ntfy", "ntfys")
MAIL = "email:"
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")


class NotSent(Exception):
    """The service did not take it; the message says what is known."""


def checked(to: str) -> tuple[str, str]:
    """An e-mail address, or an address of Apprise's: what to keep (sealed), and what to call it without its secrets.

    Raises ListingInvalid naming the field `to`.
    """
    to = to.strip()
    if _MAIL_ADDRESS.fullmatch(to):
        return f"{MAIL}{to}", to
    address = to.partition("?")[0]
    made = _instance(address) if address.partition("://")[0].lower() in SERVICES else None
    if made is None or getattr(made, "mode", None) == "private":
        names = ", ".join(f"{name}://" for name in SERVICES)
        raise ListingInvalid(
            f"Give an e-mail address, or an address of a push service as Apprise writes it ({names}…).", field="to"
        )
    return address, str(made.url(privacy=True)).partition("?")[0]


def send(address: str, title: str, text: str, *, mail_url: str | None) -> None:
    """`address` as `checked` gave it; `mail_url` is the operator's mail server (mailtos://…). Raises NotSent."""
    if address.startswith(MAIL):
        if mail_url is None:
            raise NotSent("This installation has no mail server (MAIL_URL).")
        joint = "&" if "?" in mail_url else "?"
        address = f"{mail_url}{joint}to={quote(address.removeprefix(MAIL), safe='')}"
    made = _instance(address)
    if made is None:
        raise NotSent("The address is not understood any more; set it again.")
    if not made.notify(body=text, title=title):
        raise NotSent("The service did not take it.")


def told(event: dict[str, Any]) -> tuple[str, str]:
    """Title and text for an event as webhooks get it."""
    data: dict[str, Any] = event.get("data", {})
    where = str(data.get("marketplace", "")).capitalize()
    match str(event.get("type")):
        case "job.completed":
            done, all_of_them = data.get("success_count", 0), len(data.get("marketplace_results", []))
            return "Post to All has ended", f"Live on {done} of {all_of_them} marketplaces."
        case "session.expiring":
            return f"{where}: your sign-in ends soon", "Open your browser with the extension; it syncs by itself."
        case "session.signed_out":
            return f"{where}: you are signed out", "Sign in there again; posting goes on by itself."
        case "inventory.escalated":
            return f"{where}: a sold item is still on sale", "It sold elsewhere and does not come down by itself: look."
        case "inventory.asks":
            reason = data.get("reason") or {}
            title = _QUESTIONS.get(str(reason.get("code")), "your inventory needs you")
            return f"{where}: {title}", f"{reason.get('message', '')} {reason.get('action', '')}.".strip()
        case kind:
            state = kind.removeprefix("posting.").replace("_", " ")
            return f"{where}: {state}", _TEXTS.get(kind, "Open the job to see it.")


_QUESTIONS = {
    "unseen": "sales there are not noticed",
    "stopped": "nothing is taken down until you have looked",
    "maybe_sold": "is it sold?",
}
_TEXTS = {
    "posting.live": "Your listing is live there.",
    "posting.pending_review": "Your listing was taken, and the marketplace looks at it before showing it.",
    "posting.action_required": "It needs you: open the job to see what to do.",
    "posting.failed": "It was not posted: open the job to see why.",
    "posting.cancelled": "It was cancelled before anything was published.",
    "posting.sold": "Sold.",
    "posting.delisted": "It was taken down.",
}


def _instance(address: str) -> Any:
    from apprise import Apprise  # imported when it is needed: it knows a hundred services

    return Apprise.instantiate(address, suppress_exceptions=True)
