"""Addresses with placeholders: whatever data says, the address stays the one that was saved."""

from __future__ import annotations

from random import Random
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from rallypoint.kernel.addresses import LONGEST
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.templates.addresses import UrlTemplate
from tests.kernel.grammar import NASTY, VARIABLES, url, values

WHERE = "https://hooks.example.com/catch/{{id}}/{{username}}?type=x&name={{username}}&all={{names}}"


def structure(address: str) -> tuple[object, ...]:
    """By a parser that is not ours, and by another one for the path, as browsers read it."""
    split = urlsplit(address)
    segments = [unquote(each) for each in split.path.split("/")]
    keys = [key for key, _ in parse_qsl(split.query, keep_blank_values=True, separator="&")]
    dots = [each for each in segments if each in {".", ".."}]
    return (
        split.scheme, split.hostname, split.port, split.username, split.fragment,
        len(segments), keys, split.query.count("="), dots,
    )  # fmt: skip


def filled(source: str, **given: object) -> str:
    return UrlTemplate.parse(source, VARIABLES).render({"id": 1, "names": ["a", "b"]} | given)


@pytest.mark.parametrize("nick", sorted({*NASTY} - {".", ".."}), ids=ascii)
def test_no_nickname_changes_the_structure(nick):
    address = filled(WHERE, username=nick)

    assert structure(address) == structure(filled(WHERE, username="bob"))
    shown = nick.encode("utf-8", "replace").decode()
    assert dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))["name"] == shown


def test_names_that_arrive_encoded_are_not_encoded_again():
    source = "https://example.com/?u={{usernames_safe}}"

    assert filled(source, usernames_safe="a%20b,c%2Fd") == "https://example.com/?u=a%20b,c%2Fd"
    assert filled(source, usernames_safe="a b&c=d") == "https://example.com/?u=a%20b%26c%3Dd"
    assert filled(source, usernames_safe="a%2") == "https://example.com/?u=a%252"


def test_what_other_programs_addresses_encode_by_hand_is_encoded_once():
    assert filled("https://example.com/?u={{username|urlencode}}", username="a b").endswith("a%20b")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{{username}}://example.com/", "url_placeholder_in_host"),
        ("{{username}}", "url_placeholder_in_host"),
        ("http{{username}}://example.com/", "url_placeholder_in_host"),
        ("https://{{username}}/", "url_placeholder_in_host"),
        ("https://{{username}}.example.com/", "url_placeholder_in_host"),
        ("https://example.com{{username}}", "url_placeholder_in_host"),
        ("https://example.com:{{id}}/", "url_placeholder_in_host"),
        ("https://{{username}}@example.com/", "url_placeholder_in_host"),
        ("https://example.com/?{{username}}=1", "url_placeholder_in_key"),
        ("https://example.com/?a=1&{{username}}", "url_placeholder_in_key"),
        ("https://example.com/?a{{id}}=1", "url_placeholder_in_key"),
        ("https://example.com/?a={{id}}&b{{id}}=1", "url_placeholder_in_key"),
        ("https://example.com/?a=1;{{id}}=1", "url_placeholder_in_key"),
        ("https://example.com/#{{id}}", "url_character"),
        ("https://example.com/%{{id}}", "url_escape"),
        ("https://example.com/%4{{id}}", "url_escape"),
        ("https://example.com/../{{id}}", "url_segment_of_dots"),
        ("https://example.com/.{{username}}", "url_segment_of_dots"),
        ("https://example.com/%2E./", "url_segment_of_dots"),
        ("https://example.com/{{usernam}}", "template_variable"),
        ("https://example.com/{% if id %}a{% endif %}", "template_construct"),
        ("https://example.com/{{7*7}}", "template_construct"),
        ("https://user@example.com/", "url_userinfo"),
        ("https://bücher.example/", "url_host"),
        ("example.com", "url_unreadable"),
        ("", "url_unreadable"),
    ],
)
def test_what_could_change_the_address_is_refused_when_it_is_saved(source, code):
    with pytest.raises(Refused) as refused:
        UrlTemplate.parse(source, VARIABLES)

    assert refused.value.code == code


def test_what_people_write_as_they_would_into_a_browser_is_encoded():
    assert filled("https://example.com/größe a?x=|{{id}}") == (
        "https://example.com/gr%C3%B6%C3%9Fe%20a?x=%7C1"
    )


def test_an_address_that_gets_too_long_is_refused():
    with pytest.raises(Refused, match="url_too_long"):
        filled("https://example.com/?u={{username}}", username="/" * (LONGEST // 3))


@pytest.mark.parametrize("dots", [".", ".."])
def test_a_nickname_of_dots_is_refused_where_it_would_be_a_step_up(dots):
    with pytest.raises(Refused, match="url_segment_of_dots"):
        filled(WHERE, username=dots)


@pytest.mark.parametrize("dots", [".", "..", "%2e", ".%2E"])
def test_a_segment_that_would_be_dropped_on_the_way_is_refused(dots):
    with pytest.raises(Refused, match="url_segment_of_dots"):
        filled("https://example.com/{{usernames_safe}}/x", usernames_safe=dots)


def test_made_up_addresses():
    try_addresses(Random(1), 1_000)


@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_a_hundred_thousand_made_up_addresses():
    assert try_addresses(Random(27), 100_000) > 5_000


def try_addresses(chance: Random, count: int) -> int:
    rendered = 0
    for _ in range(count):
        source = url(chance)
        try:
            saved = UrlTemplate.parse(source, VARIABLES)
            first, second = saved.render(values(chance)), saved.render(values(chance))
        except Refused:
            continue
        rendered += 1
        assert structure(first) == structure(second), source
        assert first.startswith(saved.address.origin + "/"), source
    return rendered
