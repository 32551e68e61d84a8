from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from rallypoint.kernel.secrecy import MOST_REMEMBERED, REDACTED, Secrecy

SET = 'pass"word/ä'
CAME = "0a1b2c3d4e5f60718293"


@pytest.fixture
def secrecy() -> Secrecy:
    secrecy = Secrecy()
    secrecy.keep([SET])
    secrecy.remember(CAME)
    secrecy.remember_address("https://hooks.example/in/Zx81-4422-aa00-17c9?key=7fd1e2aa90bc4d31")
    return secrecy


@pytest.mark.parametrize("secret", [SET, CAME])
@pytest.mark.parametrize(
    "spell",
    [
        str,
        repr,
        json.dumps,
        lambda secret: json.dumps(json.dumps(f"\n{secret}\t")),
        lambda secret: quote(f"={secret}", safe=""),
        lambda secret: repr(f"\x00{secret}".encode()) if secret == CAME else secret,
        lambda secret: f"\x1b[1;36m{secret}\x1b[0m",
    ],
)
def test_what_is_known_is_hidden_however_it_is_spelt(secrecy, secret, spell):
    hidden = secrecy.hide(f"before {spell(secret)} after")

    assert REDACTED in hidden
    assert secret[5:9] not in hidden
    assert hidden.startswith("before ")
    assert hidden.endswith(" after")


@pytest.mark.parametrize(
    ("form", "left"),
    [
        (f"rp_{'a' * 12}_{'B' * 43}", f"rp_{'a' * 12}_"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_"),
        ("redis://:hunter2@host:1/0", "redis://:"),
        (
            "/api/v10/interactions/77/aW50ZXJhY3Rpb246NzctQUJDREVGR0hJSg/callback",
            "/api/v10/interactions/77/",
        ),
        (
            "https://discord.com/api/webhooks/77/3d89bb7572e0fb30d8128367b3b1b44f",
            "https://discord.com/api/webhooks/77/",
        ),
        ("{'Authorization': 'Bearer 3d89bb7572e0fb30d812'}", "{'Authorization': 'Bearer "),
        ('{\\"refresh_token\\": \\"3d89bb7572e0fb30d812\\"}', '{\\"refresh_token\\": \\"'),
        ("code=3d89bb7572e0fb30d812&state=x", "code="),
        ("MTE3NDEwOTg0MDk5ODQwMDAwMQ.Fakeco.30aba8cf03a336936cfac441870d88ea6477bc", ""),
        ("state q4F9x0Lr7ZbN2mW8cV5tJ1sK6hD3gA0pYyUuIiOoEe1", "state "),
        ("gAAAAABnR0l2" + "x" * 60 + "==", "gAAAAA"),
        ("in/Zx81-4422-aa00-17c9", "in/"),
        ("?key=7fd1e2aa90bc4d31", "?key="),
    ],
)
def test_what_nobody_told_of_is_known_by_its_form(secrecy, form, left):
    hidden = secrecy.hide(f"{form} and more")

    assert hidden.startswith(left)
    assert REDACTED in hidden
    assert form[len(left) + 1 :][:20] not in hidden
    assert hidden.endswith(" and more")


@pytest.mark.parametrize(
    "words",
    [
        "error code: 50013 of discord.http in /servers/175928847299117063/settings",
        "Bot disconnected; the token is missing, the secret too",
        "test_what_nobody_told_of_is_known_by_its_form",
        "0c9c2a3f0b1d4c7a9d6f5e4b3a291807",
        "https://hooks.example/notifications",
        '{"code": "voice_member_unknown", "message": "There is no such member."}',
    ],
)
def test_what_is_no_secret_stays(secrecy, words):
    assert secrecy.hide(words) == words


def test_only_the_last_that_came_are_remembered(secrecy):
    secrecy.remember(*(f"remembered-{number:06}" for number in range(MOST_REMEMBERED)))

    assert secrecy.hide(CAME) == CAME
    assert secrecy.hide("remembered-000000") == REDACTED


def test_one_that_comes_again_is_among_the_last(secrecy):
    secrecy.remember(CAME)
    secrecy.remember(*(f"remembered-{number:06}" for number in range(MOST_REMEMBERED - 1)))

    assert secrecy.hide(CAME) == REDACTED


def test_one_that_holds_another_is_hidden_whole_and_one_of_odd_characters_in_a_repr(secrecy):
    odd = "pass\x7fword"
    secrecy.keep(["hunter", "hunter2-rabbit", odd])

    assert secrecy.hide("hunter2-rabbit") == REDACTED
    assert secrecy.hide(repr(odd)) == f"'{REDACTED}'"
