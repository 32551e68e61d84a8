"""Standard Webhooks 1.0: who gets a message can tell that it is ours, unchanged and of now."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from rallypoint.kernel.errors import Refused

PREFIX = "whsec_"
LEAST, MOST = 24, 64
"""Bytes of a secret."""


def secret_of(material: bytes) -> str:
    """How the secret made of *material*, which must be random, is shown and kept."""
    if not LEAST <= len(material) <= MOST:
        raise Refused("secret_length", least=LEAST, most=MOST)
    return PREFIX + base64.b64encode(material).decode()


def material_of(secret: str) -> bytes:
    """Raise Refused unless *secret* is as `secret_of` makes them; the prefix may be left out."""
    try:
        material = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("secret_unreadable") from None
    secret_of(material)
    return material


def headers(
    message_id: str, body: bytes, *, at: datetime, secrets: Sequence[str]
) -> Mapping[str, str]:
    """Of one attempt, made at *at*. While a secret is changed there are two: whoever knows either can check.

    *message_id* is the same on every attempt; a dot in it would make the signature ambiguous.
    """
    if "." in message_id or not message_id.isascii() or not message_id.isprintable():
        raise ValueError(message_id)
    moment = str(int(at.timestamp()))
    content = b".".join([message_id.encode(), moment.encode(), body])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(_signature(content, secret) for secret in secrets),
    }


def _signature(content: bytes, secret: str) -> str:
    digest = hmac.digest(material_of(secret), content, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
