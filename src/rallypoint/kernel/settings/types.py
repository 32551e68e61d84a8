"""What keys take, and in which words that is said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator


@dataclass(frozen=True, slots=True)
class Accepts:
    """In words: what a key takes."""

    words: str


def parts(value: object) -> object:
    return re.split(r"[\s,]+", value.strip(" ,")) if isinstance(value, str) else value


def base_url(value: object) -> object:
    if not isinstance(value, str):
        return value
    split = urlsplit(value)
    known = split.scheme in {"http", "https"} and split.hostname
    if not known or split.port == 0 or split.query or split.fragment:  # .port: ValueError for "x:y"
        raise ValueError
    return value.rstrip("/")


BaseUrl = Annotated[str, BeforeValidator(base_url)]
Snowflakes = Accepts("Discord ids with commas between them, such as 80351110224678912")
AnyNetwork = IPv4Network | IPv6Network
