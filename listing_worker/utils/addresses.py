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
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


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


def _meant(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one stands for: mapped, 6to4, Teredo, or translated by NAT64 (RFC 6052)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or ip


def resolve(url: str, *, allow_private: bool = False) -> Target:
    """Checks the address and looks its name up, once. `allow_private`: loopback is allowed too, and nothing else that
    is private, for a system that runs on one machine. Raises AddressRefused; OSError if the name is unknown."""
    check_form(url, allow_private=allow_private)
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        ip = _meant(ipaddress.ip_address(str(address).partition("%")[0]))
        if allow_private and ip.is_loopback:
            continue
        if not ip.is_global or ip.is_multicast:
            raise AddressRefused("The address leads into a private network.", field="url")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, str(found[0]), port, path)
