from __future__ import annotations

import gettext
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)

from rallypoint.kernel import durations
from rallypoint.kernel.people import Role

from . import assets
from .languages import DEFAULT, LANGUAGES, translations
from .sections import PROGRAM, Section
from .visitors import Visitor

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is around every page."""

    visitor: Visitor | None = None
    path: str = "/"
    said: str = ""
    """What became of what was done just now."""
    guild_id: str = ""
    guild_name: str = ""
    role: Role = Role.MEMBER
    is_operator: bool = False


class Pages:
    """Renders templates: everything is escaped, and a name that a template asks for in vain is an error."""

    def __init__(self, sections: Iterable[Section] = ()) -> None:
        self._sections = sorted(sections, key=lambda each: each.place)
        folders: dict[str, BaseLoader] = {
            each.name: FileSystemLoader(each.templates)
            for each in self._sections
            if each.templates is not None
        }
        loader = ChoiceLoader([FileSystemLoader(TEMPLATES), PrefixLoader(folders)])
        self._words = {language: translations(language) for language in LANGUAGES}
        self._environments = {
            language: _environment(loader, words, language)
            for language, words in self._words.items()
        }

    def say(self, language: str, words: str, **facts: object) -> str:
        said = self._words[language].gettext(words)
        return said.format_map(facts) if facts else said

    def render(
        self,
        template: str,
        *,
        language: str = DEFAULT,
        frame: Frame | None = None,
        status: int = 200,
        **context: object,
    ) -> HTMLResponse:
        frame = frame or Frame()
        told = {"frame": frame, "sections": self._navigation(frame), "status": status, **context}
        page = self._environments[language].get_template(template).render(told)
        return HTMLResponse(page, status_code=status)

    def fragment(self, template: str, block: str, *, language: str, **context: object) -> str:
        found = self._environments[language].get_template(template)
        return "".join(found.blocks[block](found.new_context(dict(context))))

    def _navigation(self, frame: Frame) -> Sequence[Mapping[str, object]]:
        """Of the server that is looked at, or of the program."""
        if frame.guild_id:
            above = f"/servers/{frame.guild_id}"
            mine = [
                each
                for each in self._sections
                if isinstance(each.role, Role) and frame.role >= each.role
            ]
        elif frame.is_operator and frame.path.startswith(f"{PROGRAM}/"):
            above = PROGRAM
            mine = [each for each in self._sections if each.role == "operator"]
        else:
            return []
        return [
            {
                "title": each.title,
                "path": f"{above}/{each.name}",
                "here": frame.path == f"{above}/{each.name}"
                or frame.path.startswith(f"{above}/{each.name}/"),
            }
            for each in mine
        ]


def _environment(loader: BaseLoader, words: gettext.NullTranslations, language: str) -> Environment:
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    named = assets.versions()
    environment.globals |= {
        "asset": lambda file: f"/static/{file}?v={named.get(file, 'missing')}",
        "version": version("rallypoint"),
        "language": language,
    }
    environment.filters |= {"until": until, "utc": utc, "hue": hue, "initials": initials}
    return environment


def until(moment: datetime, now: datetime) -> str:
    """ "in 5 min", as two units at most; "now" for what is due."""
    left = moment - now
    if left < timedelta(seconds=1):
        return "now"
    return "in " + " ".join(durations.words(left).split()[:4])


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def hue(number: int | str) -> str:
    """A colour's class that is always the same for that person or server."""
    return f"h{(int(number) >> 22) % 8}"


def initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()] or [name or "?"]
    return "".join(word[0] for word in words[:2]).upper()
