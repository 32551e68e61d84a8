"""A text of ours inside another, such as why something does not fit: said in the language of whoever reads both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

Say = Callable[[str], str]
"""A text of ours → the same in the reader's language."""


class Words(str):
    """Its own value is the English. The texts that stand in calls are taken up in the catalogs."""

    __slots__ = ("facts", "text")

    text: str
    facts: Mapping[str, object]

    def __new__(cls, text: str, /, **facts: object) -> Words:
        """*text* has *facts* filled in."""
        return cls._made(_filled(text, facts), text, facts)

    @classmethod
    def better_in_english(cls, text: str, english: str, /, **facts: object) -> Words:
        """*english* says more than *text* with *facts*, and nobody says it in other languages."""
        return cls._made(english, text, facts)

    @classmethod
    def _made(cls, english: str, text: str, facts: Mapping[str, object]) -> Words:
        said = super().__new__(cls, english)
        said.text, said.facts = text, facts
        return said

    def by(self, say: Say) -> str:
        return _filled(say(self.text), {name: told(each, say) for name, each in self.facts.items()})


def joined(several: Iterable[str]) -> Words:
    facts = {f"part{number}": each for number, each in enumerate(several)}
    text = ", ".join(f"{{{name}}}" for name in facts)
    return Words(text, **facts)


def told(fact: object, say: Say) -> object:
    """*fact* in the reader's language, if it is a text of ours."""
    return fact.by(say) if isinstance(fact, Words) else fact


def _filled(text: str, facts: Mapping[str, object]) -> str:
    return text.format_map(facts) if facts else text
