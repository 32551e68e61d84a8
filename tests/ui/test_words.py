"""Every text of the pages has its words in every language, with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from rallypoint.ui.web.languages import DEFAULT, LANGUAGES, preferred
from tests.tooling.scripts import load

ROOT = Path(__file__).parents[2]
PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def catalog(language):
    file = ROOT / f"src/rallypoint/ui/web/locale/{language}/LC_MESSAGES/messages.po"
    with file.open("rb") as words:
        return read_po(words, locale=language)


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {DEFAULT}))
def test_every_text_of_the_pages_is_said_in_every_language(language):
    said = {message.id for message in load("take-up-words").said() if message.id}
    words = {message.id: message.string for message in catalog(language) if message.id}

    assert said - words.keys() == set(), "make words"
    assert words.keys() - said == set(), "make words"
    for text, translated in words.items():
        forms = [translated] if isinstance(translated, str) else translated
        placeholders = set(PLACEHOLDER.findall(text if isinstance(text, str) else text[1]))

        assert all(forms), text
        assert all(set(PLACEHOLDER.findall(form)) == placeholders for form in forms), text


def test_no_template_takes_what_a_variable_holds_for_markup():
    """`_` escapes nothing: it is for what is written out there."""
    loose = re.compile(r"""(?<![\w.])_\((?!\s*["'])""")
    templates = sorted((ROOT / "src").rglob("templates/**/*.html"))
    found = [
        f"{file.name}: {line.strip()}"
        for file in templates
        for line in file.read_text(encoding="utf-8").splitlines()
        if loose.search(line)
    ]

    assert len(templates) > 15
    assert found == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("fr,en;q=0.8,de;q=0.9", "de"),
        ("en-GB,de", "en"),
        ("fr", "en"),
        ("", "en"),
        ("de;q=x,*", "en"),
    ],
)
def test_the_browsers_language_is_spoken_if_we_know_it(header, language):
    assert preferred(header) == language
