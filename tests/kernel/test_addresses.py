"""A web address is read in one way or refused; guests name only what the house allows."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rallypoint.kernel.addresses import Bounds, parse
from rallypoint.kernel.errors import Refused

HOUSE = Bounds(own_hosts=frozenset({"rallypoint.example.org"}))
UNREADABLE = {
    # W-04: numbers that libraries take for different things
    "https://2130706433/": "url_host_number",
    "https://0x7f000001/": "url_host_number",
    "https://0x7F.1/": "url_host_number",
    "https://017700000001/": "url_host_number",
    "https://0177.0.0.1/": "url_host_number",
    "https://127.1/": "url_host_number",
    "https://127.0.1/": "url_host_number",
    "https://127.0.0.1./": "url_host_number",
    "https://1.2.3.256/": "url_host_number",
    "https://1.2.3.4.5/": "url_host_number",
    "https://0x/": "url_host_number",
    "https://example.0x1/": "url_host_number",
    "https://127.0.0.01/": "url_host_number",
    "https://[::ffff:7f00:0001]/": "url_host_number",
    "https://[0:0:0:0:0:0:0:1]/": "url_host_number",
    "https://[::1%25eth0]/": "url_host",
    "https://%31%32%37.0.0.1/": "url_host_number",
    "https://%65xample.com/": "url_host",
    "https://127%2e0%2e0%2e1/": "url_host",
    "https://①②⑦.⓪.⓪.①/": "url_not_ascii",
    "https://\uff11\uff12\uff17.0.0.1/": "url_not_ascii",
    "https://127。0。0。1/": "url_not_ascii",
    "https://127\uff0e0\uff0e0\uff0e1/": "url_not_ascii",
    "https://127｡0｡0｡1/": "url_not_ascii",
    "https://ⓔⓧⓐⓜⓟⓛⓔ.com/": "url_not_ascii",
    "https://exa\u00admple.com/": "url_not_ascii",
    "https://\u0435xample.com/": "url_not_ascii",  # a Cyrillic letter: W-05
    # W-05: parsers that differ
    "https://good.com@evil.com/": "url_userinfo",
    "https://a@b@c/": "url_userinfo",
    "https://:@example.com/": "url_userinfo",
    "https://user:password@example.com/": "url_userinfo",
    "https://example.com#@evil.com/": "url_character",
    "https://example.com/#fragment": "url_character",
    "https://example.com\\@evil.com/": "url_character",
    "https:\\\\example.com/": "url_character",
    "https://exam\tple.com/": "url_character",
    "https://example.com/\r\nHost: evil": "url_character",
    "https://example.com/a b": "url_character",
    " https://example.com/": "url_character",
    "https://example.com/\x00": "url_character",
    "https://example.com/\x7f": "url_character",
    "https://example.com:/": "url_host",
    "https://example.com:0/": "url_host",
    "https://example.com:65536/": "url_host",
    "https://example.com:0443/": "url_host",
    "https://example.com:443:80/": "url_host",
    "https://example.com:\uff14\uff14\uff13/": "url_not_ascii",
    "https://example.com./": "url_host",
    "https://example..com/": "url_host",
    "https://-example.com/": "url_host",
    "https://" + "a" * 64 + ".com/": "url_host",
    "https://" + "a." * 127 + "com/": "url_host",
    "https://[::1/": "url_host",
    "https://[::1]a/": "url_host",
    "https:///path": "url_host",
    "https://?a": "url_host",
    "https:/example.com/": "url_unreadable",
    "example.com/": "url_unreadable",
    "//example.com/": "url_unreadable",
    "": "url_unreadable",
    "https://example.com/%zz": "url_escape",
    "https://example.com/%": "url_escape",
    "https://example.com/[": "url_character",
    "https://example.com/" + "a" * 8192: "url_too_long",
    # W-06: schemes
    **{
        f"{scheme}://example.com/": "url_scheme"
        for scheme in ("file", "gopher", "ftp", "dict", "ldap", "unix", "ws", "httpss")
    },
    "data:text/plain,hello": "url_scheme",
    "jar:https://example.com!/": "url_scheme",
    "javascript:alert(1)": "url_scheme",
}
READ = {
    "https://example.com": ("https", "example.com", 443, "/"),
    "HTTPS://EXAMPLE.com:443/A": ("https", "example.com", 443, "/A"),
    "http://example.com:8080/a?b=c&d": ("http", "example.com", 8080, "/a?b=c&d"),
    "https://example.com?@evil.com/": ("https", "example.com", 443, "/?@evil.com/"),
    "https://example.com/@evil.com": ("https", "example.com", 443, "/@evil.com"),
    "https://example.com//evil.com/..//": ("https", "example.com", 443, "//evil.com/..//"),
    "https://xn--bcher-kva.example/": ("https", "xn--bcher-kva.example", 443, "/"),
    "https://[2606:4700::1111]:8443/": ("https", "2606:4700::1111", 8443, "/"),
    "https://1.1.1.1/": ("https", "1.1.1.1", 443, "/"),
}


@pytest.mark.parametrize("url", UNREADABLE)
def test_what_can_be_read_in_more_than_one_way_is_refused(url):
    with pytest.raises(Refused) as refused:
        parse(url)

    assert refused.value.code == UNREADABLE[url]


@pytest.mark.parametrize("url", READ)
def test_what_was_read_is_what_is_sent(url):
    address = parse(url)

    assert (address.scheme, address.host, address.port, address.target) == READ[url]
    assert parse(str(address)) == address


@given(st.from_regex(r"https?://[^\s]{1,40}", fullmatch=True) | st.text(max_size=60))
def test_whatever_is_read_is_read_the_same_again(url):
    try:
        address = parse(url)
    except Refused:
        return

    assert parse(str(address)) == address
    assert "@" not in address.authority


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "url_not_https"),
        ("https://example.com:22/", "url_port"),
        ("https://example.com:6379/", "url_port"),
        ("https://example.com:15672/", "url_port"),
        ("https://10.0.0.1/", "url_not_public"),
        ("https://[::1]/", "url_not_public"),
        ("https://[64:ff9b::a00:1]/", "url_not_public"),
        ("https://169.254.169.254/latest/meta-data", "url_not_public"),
        ("https://metadata.google.internal/", "url_not_public"),
        ("https://localhost/", "url_not_public"),
        ("https://a.localhost/", "url_not_public"),
        ("https://printer.local/", "url_not_public"),
        ("https://postgres/", "url_not_public"),
        ("https://rallypoint.example.org/metrics", "url_not_public"),
    ],
)
def test_a_guest_is_refused_at_once_what_needs_no_look_up(url, code):
    with pytest.raises(Refused) as refused:
        HOUSE.check(parse(url))

    assert refused.value.code == code


@pytest.mark.parametrize(
    "url", ["https://example.com/", "https://example.com:8443/", "https://example.com:80/"]
)
def test_a_guest_may_name_what_is_usual(url):
    HOUSE.check(parse(url))


def test_what_the_operator_allows_is_that_address_with_that_port_and_nothing_beside_it():
    place = ip_address("192.168.1.5")
    house = Bounds(allowed=frozenset({(place, 5678)}))
    house.check(parse("http://192.168.1.5:5678/webhook/x"))
    house.check_place(place, 5678)

    for url in ("http://192.168.1.5:5679/", "http://192.168.1.6:5678/", "http://192.168.1.5/"):
        with pytest.raises(Refused):
            house.check(parse(url))
    with pytest.raises(Refused):
        house.check_place(place, 443)
    with pytest.raises(Refused):
        house.check_place(ip_address("1.1.1.1"), 5678)
