"""What other features, and the program, may call."""

from __future__ import annotations

from .model import LogIn, Token
from .rules.log_ins import ON_THE_WAY, destination
from .rules.tokens import DEFAULT_DAYS, MOST_DAYS
from .service.log_ins import (
    Begun,
    KnownLogIn,
    begin,
    claim_renewal,
    end,
    end_all,
    find,
    give_back_renewal,
    list_of,
    note_seen,
    seal,
    sealed_of,
    use_state,
)
from .service.once import Run, claim_request, give_back_request, keep_answer
from .service.people import set_zone, zone_of
from .service.tokens import Made, authenticate, create_token, list_tokens, note_use, revoke_token

__all__ = [
    "DEFAULT_DAYS",
    "MOST_DAYS",
    "ON_THE_WAY",
    "Begun",
    "KnownLogIn",
    "LogIn",
    "Made",
    "Run",
    "Token",
    "authenticate",
    "begin",
    "claim_renewal",
    "claim_request",
    "create_token",
    "destination",
    "end",
    "end_all",
    "find",
    "give_back_renewal",
    "give_back_request",
    "keep_answer",
    "list_of",
    "list_tokens",
    "note_seen",
    "note_use",
    "revoke_token",
    "seal",
    "sealed_of",
    "set_zone",
    "use_state",
    "zone_of",
]
