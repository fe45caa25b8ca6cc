"""Sale mails as they come in, for tests. The words are the marketplaces'; the layout is ours."""

from __future__ import annotations

from email.message import EmailMessage

RECEIVER = "mx.receiver.example"
POSHMARK_ID = "6a6e119205255dd754e8b790"
ORDER = "6a6e119205255dd754e8b7ff"


def passed(domain: str, receiver: str = RECEIVER, result: str = "pass") -> str:
    return f"{receiver}; dkim={result} (2048-bit key) header.i=@{domain} header.s=s1; spf=pass smtp.mailfrom={domain}"


def letter(
    sender: str,
    subject: str,
    text: str,
    *,
    html: str = "",
    message_id: str = "<1@mail.example>",
    results: tuple[str, ...] = (),
) -> bytes:
    """`results`: Authentication-Results lines, the uppermost first."""
    message = EmailMessage()
    for line in results:
        message["Authentication-Results"] = line
    message["From"] = sender
    message["To"] = "seller@example.com"
    message["Subject"] = subject
    message["Message-ID"] = message_id
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


def poshmark_sale(title: str, item: str = POSHMARK_ID, **more: object) -> bytes:
    html = f'<p>Order ID {ORDER}</p><a href="https://poshmark.com/listing/Dress-{item}">{title}</a>'
    options = {"results": (passed("poshmark.com"),), **more}
    return letter(
        "Poshmark <orders@poshmark.com>",
        f'"{title}" just sold to @buyer on Poshmark!',
        f"Great news: you just sold it. Order ID: {ORDER}",
        html=html,
        **options,  # type: ignore[arg-type]
    )


def ebay_sale(title: str, item: str, order: str = "15-14394-04605", **more: object) -> bytes:
    options = {"results": (passed("ebay.com"),), **more}
    return letter(
        "eBay <ebay@ebay.com>",
        f"You made the sale for {title}",
        f"Order: {order}\nQuantity sold: 2\nItem ID: {item}",
        **options,  # type: ignore[arg-type]
    )
