"""Every range of IANA's registries of special-purpose and multicast addresses is not public."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from rallypoint.kernel.networks import canonical, is_public

# https://www.iana.org/assignments/iana-ipv4-special-registry, …-ipv6-special-registry, …-multicast-addresses;
# RFC 6890, RFC 8190. What the registries call globally reachable is in as well: nobody has a webhook there.
SPECIAL = {
    "0.0.0.0/8": "this network",
    "0.0.0.0/32": "this host",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link local",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.0.0.0/29": "IPv4 service continuity",
    "192.0.0.8/32": "IPv4 dummy address",
    "192.0.0.9/32": "port control protocol anycast",
    "192.0.0.10/32": "TURN anycast",
    "192.0.0.170/31": "NAT64/DNS64 discovery",
    "192.0.2.0/24": "documentation (TEST-NET-1)",
    "192.31.196.0/24": "AS112-v4",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relay anycast",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "direct delegation AS112",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation (TEST-NET-2)",
    "203.0.113.0/24": "documentation (TEST-NET-3)",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "255.255.255.255/32": "limited broadcast",
    "::1/128": "loopback",
    "::/128": "unspecified",
    "::/96": "IPv4-compatible",
    "::ffff:0:0/96": "IPv4-mapped",
    "::ffff:0:0:0/96": "IPv4-translated",
    "64:ff9b::/96": "IPv4-IPv6 translation",
    "64:ff9b:1::/48": "IPv4-IPv6 translation, local",
    "100::/64": "discard only",
    "100:0:0:1::/64": "dummy prefix",
    "2001::/23": "IETF protocol assignments",
    "2001::/32": "Teredo",
    "2001:1::1/128": "port control protocol anycast",
    "2001:1::2/128": "TURN anycast",
    "2001:1::3/128": "DNS-SD service registration",
    "2001:2::/48": "benchmarking",
    "2001:3::/32": "AMT",
    "2001:4:112::/48": "AS112-v6",
    "2001:10::/28": "deprecated ORCHID",
    "2001:20::/28": "ORCHIDv2",
    "2001:30::/28": "drone remote id",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "direct delegation AS112",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing SIDs",
    "fc00::/7": "unique local",
    "fe80::/10": "link local",
    "fec0::/10": "site local, deprecated",
    "ff00::/8": "multicast",
}
METADATA = {
    "169.254.169.254": "most clouds",
    "169.254.170.2": "ECS tasks",
    "100.100.100.200": "Alibaba",
    "168.63.129.16": "Azure",
    "192.0.0.192": "Oracle",
    "fd00:ec2::254": "EC2 over IPv6",
    "fd20:ce::254": "Google over IPv6",
}
CARRYING_IPV4 = [
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:0:10.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2a00:1450:4001:800:0:5efe:7f00:1",
    "2a00:1450:4001:800:200:5efe:a00:1",
]
PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:db7:ffff::",
    "2001:db9::",
    "2003::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:800::200e",
    "3ffe:ffff::",
]


@pytest.mark.parametrize("network", SPECIAL, ids=SPECIAL.values())
def test_no_special_purpose_range_is_public_at_either_end_or_inside(network):
    block = ip_network(network)
    step = max(1, block.num_addresses // 7)
    inside = [block[min(n * step, block.num_addresses - 1)] for n in range(8)]

    assert not [each for each in (block[0], *inside, block[-1]) if is_public(each)]


@pytest.mark.parametrize("address", [*METADATA, *CARRYING_IPV4])
def test_no_metadata_service_and_no_carried_ipv4_address_is_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_lies_beside_the_ranges_is_public(address):
    assert is_public(ip_address(address))


def test_an_address_with_a_zone_is_not_public():
    assert not is_public(ip_address("2606:4700:4700::1111%eth0"))


def test_nothing_is_public_that_the_standard_library_knows_not_to_be_global():
    some = [ip_address(n * 524_287) for n in range(8192)]

    assert not [each for each in some if is_public(each) and not each.is_global]


@pytest.mark.parametrize(
    "text", ["127.1", "0177.0.0.1", "0x7f000001", "2130706433", "::ffff:7f00:1 ", "1.2.3.4.", "::0"]
)
def test_an_address_has_one_way_to_be_written(text):
    assert canonical(text) is None
