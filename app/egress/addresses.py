"""Tell addresses of this machine from those of others."""

import ipaddress
import socket
import struct
from typing import NamedTuple

LOCAL_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost", ""}


class Address(NamedTuple):
    """Hold a host, as a number or a name, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return both as people write them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_local(host: str) -> bool:
    """Return whether `host` is loopback, the unspecified address or a name of this machine's loopback."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host.lower() in LOCAL_NAMES
    mapped = getattr(address, "ipv4_mapped", None)  # ::ffff:127.0.0.1 is loopback, which 3.11 does not know
    return (mapped or address).is_loopback or address.is_unspecified


def is_own(host: str) -> bool:
    """Return whether a number is that of an interface of this machine: what goes there does not leave it either."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


def address_of(raw: bytes) -> Address | None:
    """Return what a struct sockaddr names; None for sockets of the file system, the kernel and the like."""
    if len(raw) < 2:
        return None
    family = struct.unpack_from("=H", raw)[0]
    if family == socket.AF_INET and len(raw) >= 8:
        return Address(socket.inet_ntop(socket.AF_INET, raw[4:8]), struct.unpack_from("!H", raw, 2)[0])
    if family == socket.AF_INET6 and len(raw) >= 24:
        host = ipaddress.IPv6Address(raw[8:24])
        return Address(str(host.ipv4_mapped or host), struct.unpack_from("!H", raw, 2)[0])
    return None
