"""Standard Webhooks 1.0, as the reference library for receivers checks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from rallypoint.kernel import signing
from rallypoint.kernel.errors import Refused

OLD, NEW, STRANGER = (signing.secret_of(bytes([n]) * 32) for n in (1, 2, 3))
BODY = '{"id":"e1","data":{"name":"Zoë {{7*7}}"}}'.encode()


def signed(*secrets: str, at: datetime | None = None, body: bytes = BODY) -> dict[str, str]:
    moment = at or datetime.now(UTC)
    return dict(signing.headers("msg_1", body, at=moment, secrets=secrets))


def accepted(secret: str, headers: dict[str, str], body: bytes = BODY) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_the_example_of_the_specification_is_signed_as_it_says():
    """Of the reference implementations' own tests."""
    headers = signing.headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        at=datetime.fromtimestamp(1_614_265_330, UTC),
        secrets=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_receiver_knows_our_signature_and_no_other():
    headers = signed(NEW)

    assert accepted(NEW, headers)
    assert not accepted(STRANGER, headers)
    assert not accepted(NEW, headers, BODY + b" ")
    assert not accepted(NEW, headers | {"webhook-id": "msg_2"})
    assert not accepted(NEW, headers | {"webhook-timestamp": "1"})
    assert not accepted(NEW, {name: headers[name] for name in list(headers)[:2]})


def test_while_a_secret_is_changed_both_are_good_and_afterwards_only_the_new_one():
    during, after = signed(NEW, OLD), signed(NEW)

    assert accepted(OLD, during)
    assert accepted(NEW, during)
    assert not accepted(OLD, after)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_captured_message_is_refused_after_five_minutes(minutes):
    headers = signed(NEW, at=datetime.now(UTC) + timedelta(minutes=minutes))

    assert not accepted(NEW, headers)


@pytest.mark.parametrize("length", [24, 64])
def test_a_secret_is_made_of_24_to_64_bytes(length):
    secret = signing.secret_of(bytes(length))

    assert signing.material_of(secret) == bytes(length)
    assert accepted(secret, signed(secret))


@pytest.mark.parametrize("length", [0, 23, 65])
def test_a_secret_that_is_too_short_or_too_long_is_refused(length):
    with pytest.raises(Refused, match="secret_length"):
        signing.secret_of(bytes(length))


@pytest.mark.parametrize("text", ["whsec_%%%", "whsec_ü", "whsec_a", "whsec_", "whsec_AAAA\n"])
def test_what_is_no_secret_is_refused(text):
    with pytest.raises(Refused):
        signing.material_of(text)


@pytest.mark.parametrize("name", ["a.b", "a\nb", "ä"])
def test_an_id_that_would_make_the_signature_ambiguous_is_a_mistake_of_ours(name):
    with pytest.raises(ValueError, match=r".*"):
        signing.headers(name, b"", at=datetime.now(UTC), secrets=[NEW])
