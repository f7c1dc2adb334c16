"""Where webhooks may go: https to public addresses, unless private ones are allowed.

The form of a URL is judged when it is given. The addresses behind its name are judged at each connection,
and that very address is connected to: a name that first shows a public address gains nothing.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

_NAT64 = ip_network("64:ff9b::/96")  # an IPv4 address is in its last four bytes
_NOT_PUBLIC = (
    ip_network("::/96"),  # IPv4 addresses in an obsolete writing; also :: and ::1
    ip_network("64:ff9b:1::/48"),  # NAT64 of a local network
    ip_network("fec0::/10"),  # site-local, obsolete
)
"""Networks that Python counts as global, at least in some versions."""
_LARGEST_PORT = 65_535


class Forbidden(Exception):
    """An address that webhooks do not go to; says why in few words."""


def complaint(url: str, *, private: bool) -> str:
    """Why the URL cannot be told of events; empty if nothing speaks against it."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "is no address"
    if parts.scheme not in ("https", "http") or not host:
        return "does not begin with https:// and a host"
    if not url.isascii() or any(mark.isspace() for mark in url):
        return "holds a character that an address does not"
    if parts.username is not None or parts.fragment:
        return "holds a user's name, a password or a fragment"
    if port is not None and not 0 < port <= _LARGEST_PORT:
        return f"has a port outside 1 to {_LARGEST_PORT:,}"
    if private:
        return ""
    if parts.scheme != "https":
        return "does not begin with https://"
    try:
        address = ip_address(host)
    except ValueError:
        is_here = host == "localhost" or host.endswith(".localhost")
        return "leads to a private address" if is_here else ""
    return "" if is_public(address) else "leads to a private address"


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is of the public internet, and hides none that is not."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(inner)
        if any(address in network for network in _NOT_PUBLIC):
            return False
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses behind a name, those that may be connected to.

    Raises
    ------
    Forbidden
        None of them may.
    OSError
        The name is not known.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    allowed = [address for address in addresses if private or is_public(ip_address(address.split("%")[0]))]
    if not allowed:
        raise Forbidden("the address is private")
    return allowed
