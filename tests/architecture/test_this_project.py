"""This project keeps its own rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import boundaries, budgets
from tests.architecture.budgets import Allowed
from tests.architecture.contracts import lint_imports

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def allowed() -> Allowed:
    return Allowed.read(Path(__file__).with_name("allowed.toml"))


def test_the_import_contracts_are_kept() -> None:
    assert lint_imports(ROOT) == ""


def test_every_feature_folder_is_switched_on() -> None:
    assert boundaries.features_are_switched_on(ROOT) == []


def test_features_know_only_each_others_api() -> None:
    assert boundaries.only_the_api_of_another_feature(ROOT) == []


def test_a_features_tests_know_only_their_feature_and_the_kernel() -> None:
    assert boundaries.tests_stay_at_home(ROOT) == []


def test_mocks_stand_only_where_allowed_and_never_in_a_feature(allowed: Allowed) -> None:
    in_features = [path for path in allowed.mocks if path.startswith("src/rallypoint/features")]

    assert budgets.against(boundaries.mocks(ROOT), allowed.mocks) == []
    assert in_features == []


def test_nothing_is_too_big(allowed: Allowed) -> None:
    assert budgets.against(budgets.too_big(ROOT), allowed.too_big) == []


def test_nothing_is_imported_inside_a_function() -> None:
    assert budgets.imports_in_functions(ROOT) == []


def test_everything_is_caught_only_where_allowed(allowed: Allowed) -> None:
    assert budgets.against(budgets.broad_excepts(ROOT), allowed.broad_excepts) == []


def test_the_figures_keep_their_aims(allowed: Allowed) -> None:
    assert budgets.against_aims(budgets.figures(ROOT), allowed.aims) == []
