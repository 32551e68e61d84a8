"""The pages say what is there."""

from __future__ import annotations

import re
from pathlib import Path

from rallypoint.app import catalogue
from rallypoint.features.rooms.model import RoomSettings
from rallypoint.kernel.settings import PREFIX, Settings
from rallypoint.ui.web.answers import DESCRIPTIONS
from tests.tooling.scripts import load

ROOT = Path(__file__).parents[2]


def rows_of(page):
    """The first cells, which are code, of the tables of *page*."""
    return re.findall(r"^\| `(\w+)`(?: ◆)? \|", (ROOT / page).read_text(), re.MULTILINE)


def test_every_setting_of_the_program_is_explained_and_no_other():
    there_are = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}

    assert set(rows_of("docs/start.md")) == there_are - {"RALLYPOINT_TEST_CLOCK"}


def test_every_setting_of_rooms_is_explained_and_no_other():
    assert rows_of("docs/howto/rooms.md") == list(RoomSettings.model_fields)


def test_the_invite_asks_for_what_the_pages_say():
    said = (ROOT / "README.md").read_text().split("prints the")[1].split("never")[0]

    for permission in catalogue.permissions():
        name = permission.words.replace("View Channel", "View Channels")
        assert name in " ".join(said.split())


def test_every_link_within_the_pages_leads_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_page_on_rest_names_every_status_a_route_may_answer_with():
    page = (ROOT / "docs/howto/rest.md").read_text()
    missing = [int(each) for each in DESCRIPTIONS if str(int(each)) not in page]

    assert missing == []


def test_every_picture_is_shown_and_can_be_taken_anew():
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = {name for page in pages for name in re.findall(r"images/(.+?)\.png", page.read_text())}

    assert {file.stem for file in (ROOT / "docs/images").iterdir()} == shown
    assert load("take-pictures").PICTURES.keys() == shown
