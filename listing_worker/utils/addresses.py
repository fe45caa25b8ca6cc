"""Which web addresses we may call on a seller's behalf: never one inside our own network (SSRF).

The name is resolved once, every address it has must be public, and the connection goes to that very address, so that
a second look-up cannot change the target (fact: runtime-stack §7).
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from listing_worker.errors import SellerError

ALLOWED_PORTS = {443, 8443}


class AddressRefused(SellerError):
    """The address may not be called; the sentence says why."""

    code = "address_refused"
    default_action = "Give a public https address"


@dataclass(frozen=True)
class Target:
    """A checked address: connect to `ip`:`port`, and present `host` in TLS and in the Host header."""

    scheme: str
    host: str
    ip: str
    port: int
    path: str

    @property
    def url(self) -> str:
        ip = f"[{self.ip}]" if ":" in self.ip else self.ip
        return f"{self.scheme}://{ip}:{self.port}{self.path}"

    @property
    def host_header(self) -> str:
        default = 443 if self.scheme == "https" else 80
        return self.host if self.port == default else f"{self.host}:{self.port}"


def check_form(url: str, *, allow_private: bool = False) -> None:
    """The rules that need no name look-up. Raises AddressRefused."""
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise AddressRefused("The address must not contain a user name or password.", field="url")
    if not parts.hostname:
        raise AddressRefused("The address has no host name.", field="url")
    try:
        port = parts.port
    except ValueError:
        raise AddressRefused("The address has no valid port.", field="url") from None
    if allow_private and parts.scheme in {"http", "https"}:
        return
    if parts.scheme != "https":
        raise AddressRefused("The address must begin with https://.", field="url")
    if (port or 443) not in ALLOWED_PORTS:
        raise AddressRefused("The port must be 443 or 8443.", field="url")


def resolve(url: str, *, allow_private: bool = False) -> Target:
    """Checks the address and looks its name up, once. Raises AddressRefused; OSError if the name is unknown."""
    check_form(url, allow_private=allow_private)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        ip = ipaddress.ip_address(str(address).partition("%")[0])
        ip = getattr(ip, "ipv4_mapped", None) or ip
        if not (ip.is_global and not ip.is_multicast) and not allow_private:
            raise AddressRefused("The address leads into a private network.", field="url")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, str(found[0]), port, path)
