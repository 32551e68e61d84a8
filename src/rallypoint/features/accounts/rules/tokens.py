"""What a token looks like, and what may be asked of one. Pure, but for the random bits.

The text is `rp_<id>_<secret>`: 12 letters by which its row is found, and 256 random bits. These need no slow hash:
nobody can try them one by one.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from datetime import timedelta

from rallypoint.kernel.errors import Refused

DEFAULT_DAYS = 90
MOST_DAYS = 365
LONGEST_NAME = 100
LARGEST_ID = 2**63 - 1

_LETTERS = string.digits + string.ascii_letters
_ID = 12
_SECRET = 43
"""Letters that 256 bits need in base 62."""
_TEXT = re.compile(rf"rp_([0-9A-Za-z]{{{_ID}}})_[0-9A-Za-z]{{{_SECRET}}}", re.ASCII)


def new_id() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_ID))


def new_text(token_id: str) -> str:
    return f"rp_{token_id}_{_base62(secrets.randbits(256))}"


def id_in(text: str) -> str | None:
    """None: no token of ours was ever like this."""
    match = _TEXT.fullmatch(text)
    return match[1] if match else None


def hash_of(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def is_right(text: str, known: bytes | None) -> bool:
    """Takes as long for a token that does not exist (None) as for one that is wrong."""
    same = secrets.compare_digest(hash_of(text), known or bytes(32))
    return same and known is not None


def check_wanted(*, user_id: int, name: str, days: int) -> timedelta:
    """How long it is good for; raise Refused for what is out of bounds."""
    if not 1 <= user_id <= LARGEST_ID:
        raise Refused("user_id_invalid", given=user_id)
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise Refused("token_name_invalid", most=LONGEST_NAME)
    if not 1 <= days <= MOST_DAYS:
        raise Refused("token_days_out_of_range", most=MOST_DAYS)
    return timedelta(days=days)


def _base62(number: int) -> str:
    letters = []
    for _ in range(_SECRET):
        number, digit = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[digit])
    return "".join(letters)
