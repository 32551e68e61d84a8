"""Web addresses with placeholders. Data fills in values, and can change nothing else about them.

The scheme, the host and the port are constant text, and so are the names in the query. Every value is percent-encoded,
but for `usernames_safe`, which arrives so: comma-joined, each name encoded with nothing left
unencoded (a space may be `+`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from rallypoint.kernel.addresses import LONGEST, Address, parse
from rallypoint.kernel.errors import Refused

from .texts import Piece, Term, Values, pieces, text

CONSTANT = re.compile(r"[^:]*://[^/?#]*[/?]")
"""How far the text must go before the first placeholder."""
ENCODED = re.compile(r"(?:[A-Za-z0-9\-._~,+]|%[0-9A-Fa-f]{2})*")
ARRIVES_ENCODED = "usernames_safe"
DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)
LITERAL_SAFE = "!$%&'()*+,-./:;=?@_~"
FOREIGN = re.compile(r"[^\x00-\x7f]+|[\"<>^`{|} ]")
"""Encoded for those who wrote it as they would into a browser."""


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    source: str
    address: Address
    """With nothing filled in."""
    pieces: tuple[Piece, ...]

    @staticmethod
    def parse(source: str, variables: frozenset[str]) -> UrlTemplate:
        """Raise Refused unless the structure is the same whatever the values are."""
        parts = [_literal(piece) for piece in pieces(source.strip(), variables)]
        start = parts[0].text if parts else ""
        if any(piece.term for piece in parts) and not CONSTANT.match(start):
            raise Refused("url_placeholder_in_host")
        _check_query(parts)
        address = parse("".join(piece.text for piece in parts))
        _check_dots(address)
        return UrlTemplate(source, address, tuple(parts))

    def render(self, values: Values) -> str:
        """The canonical address. Raise Refused where a value is missing or would make it another address."""
        filled = [_filled(piece, values) for piece in self.pieces]
        if sum(map(len, filled)) > LONGEST:
            raise Refused("url_too_long", most=LONGEST)
        address = parse("".join(filled))
        _check_dots(address)
        return str(address)


def _literal(piece: Piece) -> Piece:
    if piece.term is not None:
        return piece
    return piece._replace(text=FOREIGN.sub(lambda found: quote(found.group()), piece.text))


def _filled(piece: Piece, values: Values) -> str:
    return piece.text if piece.term is None else _encoded(piece, piece.term, values)


def _encoded(piece: Piece, term: Term, values: Values) -> str:
    said = text(term(values))
    if piece.plain == ARRIVES_ENCODED and ENCODED.fullmatch(said):
        return said
    return quote(said, safe="")


def _check_dots(address: Address) -> None:
    """A whole segment of dots is dropped on the way, encoded or not: the receiver would see another path."""
    if any(map(DOTS.fullmatch, address.target.partition("?")[0].split("/"))):
        raise Refused("url_segment_of_dots")


def _check_query(parts: Sequence[Piece]) -> None:
    """A placeholder in the query stands behind a name and its `=`."""
    before = ""
    for piece in parts:
        if piece.term is None:
            before += piece.text
        elif "?" in before and "=" not in re.split(r"[?&;]", before)[-1]:
            raise Refused("url_placeholder_in_key")
