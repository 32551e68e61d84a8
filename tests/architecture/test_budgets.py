"""The budgets are measured rightly: just allowed, just refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import budgets, miniature

CATCHING = """
def loop():
    try:
        pass
    except {}:
        pass
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return miniature.build(tmp_path)


@pytest.mark.parametrize(
    ("name", "most", "kind"),
    [
        ("rallypoint/kernel/long.py", 400, "product file"),
        ("rallypoint/kernel/tests/test_long.py", 600, "test file"),
        ("rallypoint/conftest.py", 600, "test file"),
    ],
)
def test_a_file_one_line_over_is_named(tree: Path, name: str, most: int, kind: str) -> None:
    miniature.add(tree, name, "\n" * most)
    assert budgets.too_big(tree) == {}

    miniature.add(tree, name, "\n")

    said = f"{kind} of {most + 1} lines (never more than {most})"
    assert budgets.too_big(tree) == {f"src/{name}": said}


def test_a_function_one_line_over_is_named_where_it_stands(tree: Path) -> None:
    body = "    async def open(self):\n" + "        pass\n" * 59
    miniature.add(tree, "rallypoint/kernel/doors.py", f"class Door:\n{body}")
    assert budgets.too_big(tree) == {}

    miniature.add(tree, "rallypoint/kernel/doors.py", "        pass\n")

    said = "function of 61 lines (never more than 60)"
    assert budgets.too_big(tree) == {"src/rallypoint/kernel/doors.py:Door.open": said}


def test_a_feature_is_measured_without_its_tests(tree: Path) -> None:
    base = next(s.lines for s in budgets.sizes(tree) if (s.kind, s.name) == ("feature", "guilds"))
    for number in range(10):
        miniature.add(tree, f"rallypoint/features/guilds/rules/r{number}.py", "\n" * 240)
        miniature.add(tree, f"rallypoint/features/guilds/tests/test_{number}.py", "\n" * 500)
    miniature.add(tree, "rallypoint/features/guilds/rules/last.py", "\n" * (100 - base))
    assert budgets.too_big(tree) == {}

    miniature.add(tree, "rallypoint/features/guilds/rules/last.py", "\n")

    assert budgets.too_big(tree) == {"guilds": "feature of 2501 lines (never more than 2500)"}


@pytest.mark.parametrize("name", ["rallypoint/kernel/late.py", "fakecord/tests/test_late.py"])
def test_an_import_inside_a_function_is_named(tree: Path, name: str) -> None:
    miniature.add(tree, name, "def outer():\n    def inner():\n        import os\n")

    assert budgets.imports_in_functions(tree) == [f"src/{name}:3: import inside outer.inner"]


def test_the_command_line_may_import_late(tree: Path) -> None:
    miniature.add(tree, "rallypoint/cli.py", "def up():\n    import os\n")

    assert budgets.imports_in_functions(tree) == []


@pytest.mark.parametrize(
    "clause", ["Exception", "BaseException", "(ValueError, Exception)", "Exception as error", ""]
)
def test_catching_everything_is_found(tree: Path, clause: str) -> None:
    miniature.add(tree, "rallypoint/kernel/runner.py", CATCHING.format(clause).replace(" :", ":"))

    assert list(budgets.broad_excepts(tree)) == ["src/rallypoint/kernel/runner.py:loop"]


def test_suppressing_everything_is_found(tree: Path) -> None:
    line = "import contextlib\nwith contextlib.suppress(Exception):\n    pass\n"
    miniature.add(tree, "fakecord/web.py", line)

    assert list(budgets.broad_excepts(tree)) == ["src/fakecord/web.py:(module)"]


def test_catching_one_kind_of_error_is_fine(tree: Path) -> None:
    miniature.add(tree, "rallypoint/kernel/runner.py", CATCHING.format("(OSError, ValueError)"))

    assert budgets.broad_excepts(tree) == {}


def test_a_place_is_allowed_only_while_it_needs_it() -> None:
    found = {"a.py": "401 lines"}

    assert budgets.against(found, {"a.py": "a table"}) == []
    assert budgets.against(found, {}) == ["a.py: 401 lines"]
    assert budgets.against({}, {"a.py": "a table"}) == ["a.py: needs no entry any more"]


def test_an_aim_is_passed_only_as_far_as_is_allowed_and_the_allowance_only_shrinks() -> None:
    allowed = {"function, median": 9}

    assert budgets.against_aims({"function, median": 7}, {}) == []
    assert budgets.against_aims({"function, median": 9}, allowed) == []
    assert budgets.against_aims({"function, median": 8}, {}) == [
        "function, median: 8 (aim 7, allowed 7)"
    ]
    assert budgets.against_aims({"function, median": 10}, allowed) == [
        "function, median: 10 (aim 7, allowed 9)"
    ]
    assert budgets.against_aims({"function, median": 8}, allowed) == [
        "function, median: allowed 9, but is 8 now"
    ]
    assert budgets.against_aims({"function, median": 7}, allowed) == [
        "function, median: allowed 9, but needs no entry now"
    ]


def test_the_figures_are_those_of_the_tree(tmp_path: Path) -> None:
    for number, lines in enumerate([1, 10, 30]):
        text = "def f():\n" + "    pass\n" * (lines - 1) if lines > 1 else "\n"
        miniature.add(tmp_path, f"rallypoint/f{number}.py", text)
    (tmp_path / "README.md").write_text("\n" * 5)

    assert budgets.figures(tmp_path) == {
        "product file, median": 10,
        "product file, p95": 30,
        "function, median": 20,
        "function, p95": 30,
        "prose lines per 100 of product code": 13,
    }


def test_the_95th_percentile_is_the_value_only_a_twentieth_is_above() -> None:
    assert budgets.p95(list(range(1, 101))) == 95
    assert budgets.p95([3]) == 3
