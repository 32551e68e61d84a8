"""What must never be read in a log, an error or a page: taken out of every text before it gets there.

A process has one log, and so one memory of what must not be in it. Known by their text are those that were set, and the
last that came and went: log-ins, Discord's tokens. Known by their form are those nobody told us of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

REDACTED = "[redacted]"
MOST_REMEMBERED = 10_000
SHORTEST = 12
"""Characters of a word that is worth remembering."""

_VALUE = r"[A-Za-z0-9._~+|=%-]"
_KEY = (
    r"(?:access_token|refresh_token|client_secret|code_verifier|session_id|token|secret|code|password)"
    r"(?:\\?[\"'])?(?:=|%3D|: ?)(?:\\?[\"'])?"
)
_FORMS: Sequence[tuple[Sequence[str], re.Pattern[str]]] = [
    # Ours, of the REST interface and of webhooks.
    (["rp_"], re.compile(r"(rp_[0-9A-Za-z]{12}_)[0-9A-Za-z]{43}")),
    (["whsec_"], re.compile(r"(whsec_)[A-Za-z0-9+/=%]{20,}")),
    # A password in an address.
    (["@"], re.compile(r"(://[^\s/:@\"']*:)[^\s/@\"']+(?=@)")),
    # Interactions and webhooks of Discord: who has the address may speak.
    (
        ["/interactions/", "/webhooks/"],
        re.compile(rf"(/(?:interactions|webhooks)/[0-9]+/){_VALUE}{{20,}}"),
    ),
    (["aW50ZXJhY3Rpb246"], re.compile(r"(aW50ZXJhY3Rpb246)[A-Za-z0-9_-]{20,}")),
    (
        ["Bearer ", "Bot ", "Basic "],
        re.compile(r"((?:Bearer|Bot|Basic) )[A-Za-z0-9._~+/=-]{20,}"),
    ),
    (
        ["token", "secret", "code", "password", "session_id"],
        re.compile(rf"({_KEY})(?=[A-Za-z._~+/|=%-]*[0-9])[A-Za-z0-9._~+/|=%-]{{16,}}"),
    ),
    # What was sealed.
    (["gAAAAA"], re.compile(r"(gAAAAA)[A-Za-z0-9_-]{40,}={0,2}")),
]
"""What is only looked for where one of some words is."""
_WORD = re.compile(
    rf"(?P<word>[A-Za-z0-9_-]{{{SHORTEST},}})(?P<rest>\.[A-Za-z0-9_-]{{6,7}}\.[A-Za-z0-9_-]{{27,}})?"
)
_ESCAPE = re.compile(r"[abfnrtv]|x[0-9a-f]{2}|u[0-9a-f]{4}|[0-9]*m|[0-9A-F]{2}")
"""What a log writes in front of a word may end in letters."""
_RANDOM = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[A-Za-z0-9_-]{43}")
"""256 bits, as a log-in's text and a `state` are written."""
_RANDOM_IN_ADDRESS = re.compile(r"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{16,}")


class Secrecy:
    def __init__(self) -> None:
        self._forms: list[str] = []
        self._words: dict[str, None] = {}

    def keep(self, secrets: Iterable[str]) -> None:
        """These from now on, and no longer those that were kept before."""
        forms = {form for secret in secrets if secret for form in _spellings(secret)}
        # Longest first: a secret that holds another must not be left half visible.
        self._forms = sorted(forms, key=len, reverse=True)

    def remember(self, *secrets: str) -> None:
        for secret in secrets:
            for word in re.findall(rf"[A-Za-z0-9_-]{{{SHORTEST},}}", secret):
                self._words.pop(word, None)
                self._words[word] = None
        while len(self._words) > MOST_REMEMBERED:
            del self._words[next(iter(self._words))]

    def remember_address(self, address: str) -> None:
        """What looks random behind its host: often that is all a receiver asks for."""
        behind = address.partition("://")[2].partition("/")[2]
        self.remember(*_RANDOM_IN_ADDRESS.findall(behind))

    def hide(self, text: str) -> str:
        for form in self._forms:
            text = text.replace(form, REDACTED)
        for hints, pattern in _FORMS:
            if any(hint in text for hint in hints):
                text = pattern.sub(rf"\1{REDACTED}", text)
        return _WORD.sub(self._hide_word, text)

    def _hide_word(self, found: re.Match[str]) -> str:
        word, begins = found["word"], 0
        # A bot's token has three parts, the first of which is its id.
        if found["rest"] or self._is_secret(word):
            return REDACTED
        if found.start() and found.string[found.start() - 1] in "\\%[;":
            escape = _ESCAPE.match(word)
            begins = escape.end() if escape else 0
        if begins and self._is_secret(word[begins:]):
            return word[:begins] + REDACTED
        return found[0]

    def _is_secret(self, word: str) -> bool:
        return word in self._words or (len(word) == 43 and _RANDOM.fullmatch(word) is not None)


SECRECY = Secrecy()
"""This process's."""


def _spellings(secret: str) -> set[str]:
    """As it is, and as JSON, a repr and an address would write it."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        json.dumps(json.dumps(secret))[3:-3],
    }
