from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
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
from markupsafe import Markup, escape

from rallypoint.kernel.people import Role
from rallypoint.kernel.words import Words, told

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


@dataclass(slots=True)
class _Way:
    """To a section."""

    title: str
    path: str
    here: bool = False


class Pages:
    """Renders templates: everything is escaped, and a name that a template asks for in vain is an error."""

    def __init__(self, sections: Iterable[Section] = ()) -> None:
        self._sections = sorted(sections, key=lambda each: each.place)
        self._words = {language: translations(language) for language in LANGUAGES}
        self._environments = _environments(
            frozenset(
                (each.name, each.templates) for each in self._sections if each.templates is not None
            )
        )

    def say(self, language: str, words: str, **facts: object) -> str:
        """*facts* that are texts of ours are said in that language, too."""
        say = self._words[language].gettext
        if isinstance(words, Words):
            return words.by(say)
        return Words(words, **facts).by(say) if facts else say(words)

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
        told = {"frame": frame, "status": status, **self._navigation(frame), **context}
        page = self._environments[language].get_template(template).render(told)
        return HTMLResponse(page, status_code=status)

    def fragment(self, template: str, block: str, *, language: str, **context: object) -> str:
        found = self._environments[language].get_template(template)
        return "".join(found.blocks[block](found.new_context(dict(context))))

    def _navigation(self, frame: Frame) -> Mapping[str, Sequence[_Way]]:
        """Of the server that is looked at, or of the program: its sections, and those that share an entry with the one
        that is shown."""
        sections: dict[str, _Way] = {}
        tabs: dict[str, list[_Way]] = {}
        here = ""
        above, mine = self._mine(frame)
        for each in mine:
            path = f"{above}/{each.name}"
            is_here = frame.path == path or frame.path.startswith(f"{path}/")
            entry = each.among or each.title
            way = sections.setdefault(entry, _Way(entry, path))
            way.here |= is_here
            here = entry if is_here else here
            if each.among:
                tabs.setdefault(entry, []).append(_Way(each.title, path, is_here))
        return {"sections": [*sections.values()], "tabs": tabs.get(here, ())}

    def _mine(self, frame: Frame) -> tuple[str, Sequence[Section]]:
        """What is above them, and the sections that whoever looks may see."""
        if frame.guild_id:
            return f"/servers/{frame.guild_id}", [
                each
                for each in self._sections
                if isinstance(each.role, Role) and frame.role >= each.role
            ]
        if frame.is_operator and frame.path.startswith(f"{PROGRAM}/"):
            return PROGRAM, [each for each in self._sections if each.role == "operator"]
        return "", ()


@cache
def _environments(folders: frozenset[tuple[str, Path]]) -> Mapping[str, Environment]:
    """By language. Whoever has the same templates has them compiled once in a process."""
    sections: dict[str, BaseLoader] = {name: FileSystemLoader(folder) for name, folder in folders}
    loader = ChoiceLoader([FileSystemLoader(TEMPLATES), PrefixLoader(sections)])
    return {language: _environment(loader, language) for language in LANGUAGES}


def _environment(loader: BaseLoader, language: str) -> Environment:
    """What is translated is text: Jinja would take it for HTML, also where it is no words of ours after all."""
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    words = translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        lambda said: escape(words.gettext(said)),
        lambda one, many, count: escape(words.ngettext(one, many, count)),
        newstyle=True,
    )
    named = assets.versions()

    def heard(said: object) -> object:
        # In English some of ours say more than what is translated of them.
        return said if language == DEFAULT else told(said, words.gettext)

    environment.globals |= {
        "asset": lambda file: f"/static/{file}?v={named.get(file, 'missing')}",
        "release": version("rallypoint"),
        "language": language,
        # What is not written out in the template itself: `_` takes what it is given for markup.
        "say": lambda said: heard(said) if isinstance(said, Words) else words.gettext(said),
        # What may be a text of ours, and may be somebody's.
        "told": heard,
    }
    environment.filters |= {
        "utc": utc,
        "hue": hue,
        "initials": initials,
        "sentence": sentence,
        "ticked": ticked,
    }
    return environment


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def hue(number: int | str) -> str:
    """A colour's class that is always the same for that person or server."""
    return f"h{(int(number) >> 22) % 8}"


def sentence(words: str) -> str:
    """What may as well end one: by itself."""
    said = words.replace("`", "")
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith(tuple('.!?:')) else '.'}"


def ticked(words: str) -> Markup:
    """What stands between backticks is code."""
    looks = (escape, Markup("<code>{}</code>").format)
    return Markup("").join(looks[turn % 2](each) for turn, each in enumerate(words.split("`")))


def initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalnum()] or [name or "?"]
    return "".join(word[0] for word in words[:2]).upper()
