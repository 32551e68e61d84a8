"""Puts what the pages say into the catalogs: what is new is empty there, what is not said any more is taken out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker

from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.port import Port
from rallypoint.adapters.http.errors import SHARED
from rallypoint.adapters.http.openapi import Description
from rallypoint.adapters.http.reference.operations import sections_of, texts_of
from rallypoint.app import catalogue
from rallypoint.features.timetable.web.asked import offered
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.jobs import spoken
from rallypoint.kernel.misfits import MISFITS
from rallypoint.kernel.people import Permission
from rallypoint.ui.web.answers import DESCRIPTIONS
from rallypoint.ui.web.forms import texts_of as texts_of_settings

SOURCE = Path(__file__).parents[1] / "src" / "rallypoint"
CATALOGS = SOURCE / "ui" / "web" / "locale"
METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
KEYWORDS = {
    "N_": None,
    "Words": None,
    "better_in_english": None,
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
}
OPTIONS = {
    "**/templates/**.html": {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
}


def said() -> Catalog:
    """Where in the sources it is said is left out: it would change with every line."""
    catalog = Catalog(fuzzy=False)
    for _, _, message, comments, context in extract_from_dir(
        SOURCE, METHODS, OPTIONS, keywords=KEYWORDS
    ):
        catalog.add(message, auto_comments=comments, context=context)
    offers = offered(catalogue.jobs(), of_guild=False).values()
    told = [each.config for each in offers if each.config]
    for model in (*catalogue.setting_models().values(), *told):
        for words in texts_of_settings(model):
            catalog.add(words)
    jobs = (each.words for each in catalogue.jobs().values())
    for words in filter(None, (*jobs, *(each.description for each in catalogue.schedules()))):
        catalog.add(words)
    for words in (SHARED | dict(catalogue.refusals()) | dict(MISFITS)).values():
        catalog.add(words)
    for words in filter(None, (*DESCRIPTIONS.values(), *of_reference())):
        catalog.add(words)
    for words in spoken.DAYS:
        catalog.add(words)
    for permission in Permission:
        catalog.add(permission.words)
    return catalog


def of_reference() -> Iterator[str]:
    """What the routes say of themselves."""
    lent = Parts(async_sessionmaker(), SystemClock(), Port(Line()), events=catalogue.events())
    routers = [make(lent) for each in catalogue.FEATURES for make in each.routers]
    app = FastAPI()
    for router in routers:
        app.router.routes.extend(router.routes)
    return texts_of(sections_of(Description(app, routers).whole(), base=""))


def main() -> None:
    for file in sorted(CATALOGS.glob("*/LC_MESSAGES/messages.po")):
        with file.open("rb") as words:
            catalog = read_po(words, locale=file.parts[-3])
        catalog.update(said(), no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with file.open("wb") as words:
            write_po(words, catalog, width=0, no_location=True, omit_header=False, sort_output=True)
        missing = [message.id for message in catalog if message.id and not message.string]
        print(f"{file}: {len(catalog)} texts, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
