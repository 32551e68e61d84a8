"""Each rule is broken once, on purpose: a check that cannot fail protects nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import boundaries, budgets, miniature
from tests.architecture.contracts import lint_imports

ROOMS = "rallypoint/features/rooms"
GUILDS = "rallypoint/features/guilds"

# contract, the file that breaks it, what is added there, what the report must name
BREACHES = [
    ("storeys", "rallypoint/kernel/feature.py", "import rallypoint.ui", "kernel.feature"),
    ("storeys", "rallypoint/ui/pages.py", f"import {ROOMS}.rules", "ui.pages"),
    ("storeys", "rallypoint/adapters/http.py", f"import {ROOMS}.rules", "adapters.http"),
    ("storeys", f"{ROOMS}/service.py", "import rallypoint.adapters.http", "rooms.service"),
    ("storeys", "rallypoint/app.py", "import rallypoint.cli", "rallypoint.app"),
    ("storeys", "rallypoint/utils.py", "", "rallypoint.utils"),
    ("steps", f"{GUILDS}/service.py", f"import {ROOMS}.api", "guilds.service"),
    ("steps", "rallypoint/features/deliveries/__init__.py", f"import {ROOMS}.api", "deliveries"),
    ("steps", "rallypoint/features/polls/__init__.py", "", "polls"),
    ("slice", f"{ROOMS}/rules.py", f"import {ROOMS}.model", "rooms.rules"),
    ("slice", f"{ROOMS}/events.py", f"import {ROOMS}.rules", "rooms.events"),
    ("slice", f"{ROOMS}/model.py", f"import {ROOMS}.service", "rooms.model"),
    ("slice", f"{ROOMS}/service.py", f"import {ROOMS}.texts", "rooms.service"),
    ("slice", f"{ROOMS}/api.py", f"import {ROOMS}.jobs", "rooms.api"),
    ("slice", f"{ROOMS}/bot.py", f"import {ROOMS}.web", "rooms.bot"),
    ("slice", f"{ROOMS}/bot.py", f"import {ROOMS}.feature", "rooms.bot"),
    ("slice", f"{ROOMS}/helpers.py", "", "rooms.helpers"),
    ("libraries", "rallypoint/kernel/feature.py", "import discord", "kernel.feature"),
    ("libraries", f"{ROOMS}/jobs.py", "from discord.ext import tasks", "rooms.jobs"),
    ("libraries", f"{ROOMS}/texts.py", "import rallypoint.ui.pages", "rooms.texts"),
    ("libraries", f"{ROOMS}/service.py", "import fastapi", "rooms.service"),
    ("libraries", f"{ROOMS}/rules.py", "import starlette", "rooms.rules"),
    ("libraries-app", "rallypoint/app.py", "import discord", "rallypoint.app"),
    ("libraries-app", "rallypoint/cli.py", "import starlette", "rallypoint.cli"),
    ("extras", "rallypoint/adapters/http.py", "import sentry_sdk", "adapters.http"),
    ("strangers", "rallypoint/app.py", "import fakecord", "rallypoint.app"),
    ("strangers", "fakecord/__init__.py", "import rallypoint.kernel.feature", "fakecord"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return miniature.build(tmp_path)


def test_the_miniature_keeps_every_rule(tree: Path) -> None:
    assert lint_imports(tree) == ""
    assert boundaries.only_the_api_of_another_feature(tree) == []
    assert boundaries.tests_stay_at_home(tree) == []
    assert boundaries.features_are_switched_on(tree) == []
    assert boundaries.mocks(tree) == {}
    assert budgets.too_big(tree) == {}
    assert budgets.imports_in_functions(tree) == []
    assert budgets.broad_excepts(tree) == {}


@pytest.mark.parametrize(
    ("contract", "file", "line", "named"),
    [pytest.param(*b, id=f"{b[0]}-{Path(b[1]).stem}-{i}") for i, b in enumerate(BREACHES)],
)
def test_a_broken_contract_is_caught_and_named(
    tree: Path, contract: str, file: str, line: str, named: str
) -> None:
    miniature.add(tree, file, f"{line.replace('/', '.')}\n")

    report = lint_imports(tree, contract)

    assert "BROKEN" in report
    assert named in report


def test_a_feature_may_stand_on_a_lower_one(tree: Path) -> None:
    miniature.add(tree, "rallypoint/features/games/__init__.py", "")
    miniature.add(tree, "rallypoint/features/games/rules.py", "")
    miniature.add(
        tree, "rallypoint/features/games/service.py", f"import {ROOMS}.api".replace("/", ".")
    )

    assert lint_imports(tree, "steps", "slice") == ""


@pytest.mark.parametrize(
    "line",
    [
        "import rallypoint.features.guilds.service",
        "from rallypoint.features.guilds import model",
        "from rallypoint.features.guilds.model import Guild",
        "from rallypoint.features import guilds",
        "from ..guilds import rules",
        "from .. import guilds",
    ],
)
def test_another_feature_is_reached_only_through_its_api(tree: Path, line: str) -> None:
    miniature.add(tree, f"{ROOMS}/service.py", f"{line}\n")

    [breach] = boundaries.only_the_api_of_another_feature(tree)

    assert breach.startswith("src/rallypoint/features/rooms/service.py:3: rooms imports")


@pytest.mark.parametrize(
    "line",
    [
        "from rallypoint.features.guilds import api",
        "import rallypoint.adapters.http",
        "from rallypoint import app",
        "import fakecord",
        "from tests.people import ALICE",
        "def test_late():\n    from rallypoint import app",
    ],
)
def test_a_features_tests_import_their_own_feature_and_the_kernel(tree: Path, line: str) -> None:
    miniature.add(tree, f"{ROOMS}/tests/test_rules.py", f"import rallypoint.kernel\n{line}\n")

    [breach] = boundaries.tests_stay_at_home(tree)

    assert breach.startswith("src/rallypoint/features/rooms/tests/test_rules.py:")


def test_a_features_tests_may_annotate_with_names_from_anywhere(tree: Path) -> None:
    annotating = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import fakecord\n"
    miniature.add(tree, f"{ROOMS}/tests/test_rules.py", annotating)

    assert boundaries.tests_stay_at_home(tree) == []


def test_a_feature_folder_that_is_not_switched_on_is_named(tree: Path) -> None:
    miniature.add(tree, "rallypoint/features/leagues/__init__.py", "")

    assert boundaries.features_are_switched_on(tree) == ["feature leagues is not in app.FEATURES"]


def test_a_feature_that_is_switched_on_twice_or_has_no_folder_is_named(tree: Path) -> None:
    more = "class Ghost:\n    name = 'ghost'\nFEATURES += (rooms, Ghost)\n"
    miniature.add(tree, "rallypoint/app.py", more)

    assert boundaries.features_are_switched_on(tree) == [
        "app.FEATURES names ghost: no such folder",
        "app.FEATURES names rooms more than once",
    ]


@pytest.mark.parametrize(
    "line", ["from unittest.mock import AsyncMock", "from unittest import mock", "import mock"]
)
def test_a_mock_is_found(tree: Path, line: str) -> None:
    miniature.add(tree, f"{ROOMS}/tests/test_bot.py", f"{line}\n")

    assert list(boundaries.mocks(tree)) == [f"src/{ROOMS}/tests/test_bot.py"]


def test_patching_an_attribute_in_a_features_tests_is_found(tree: Path) -> None:
    patching = "def test(monkeypatch):\n    monkeypatch.setattr(rules, 'MOST', 3)\n"
    miniature.add(tree, f"{ROOMS}/tests/test_bot.py", patching)

    assert list(boundaries.mocks(tree)) == [f"src/{ROOMS}/tests/test_bot.py"]
