"""Which addresses are on the public internet. Whatever is not certain to be is not.

From IANA's registries of special-purpose addresses, IPv4 and IPv6, and of multicast. The standard library's `is_global`
is not enough: it is true for relays and translators (192.88.99.0/24, 64:ff9b::/96, 2002::/16) that lead anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

AnyAddress = IPv4Address | IPv6Address

Bits = tuple[int, int]
"""Of a network, the mask and the first address: ten times as fast to ask as the objects of the standard library."""


def _bits(network: IPv4Network | IPv6Network) -> Bits:
    return int(network.netmask), int(network.network_address)


NOT_PUBLIC_4 = tuple(
    _bits(IPv4Network(each))
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's metadata and name server
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that has been given out. Outside are, among others, loopback, the forms that carry an IPv4 address
(::/96, ::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48), 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10, ff00::/8."""
NOT_PUBLIC_6 = tuple(
    _bits(IPv6Network(each))
    for each in (
        "2001::/23",  # Teredo, ORCHID, AMT and what else the IETF keeps there
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
ISATAP = (b"\0\0\x5e\xfe", b"\2\0\x5e\xfe")
"""The last half of an IPv6 address that begins so ends in the IPv4 address of a tunnel's end."""


def is_public(address: AnyAddress) -> bool:
    if isinstance(address, IPv4Address):
        return not _is_in(NOT_PUBLIC_4, address)
    if address not in GLOBAL_UNICAST or address.scope_id is not None:
        return False
    if _is_in(NOT_PUBLIC_6, address):
        return False
    return address.packed[8:12] not in ISATAP


def _is_in(networks: Sequence[Bits], address: AnyAddress) -> bool:
    number = int(address)
    return any(number & mask == start for mask, start in networks)


@lru_cache(maxsize=4096)
def canonical(text: str) -> AnyAddress | None:
    """The address that *text* writes in its one canonical form; None for anything else."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address if str(address) == text else None
