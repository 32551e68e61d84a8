"""What the commands show, to people and to programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from rallypoint.app import catalogue
from rallypoint.app.demo.scene import Scene
from rallypoint.features.guilds.api import Shown
from rallypoint.kernel import durations
from rallypoint.kernel.feature import Finding, Grade

COLOURS = {Grade.OK: "green", Grade.WARNING: "yellow", Grade.FAILURE: "red"}


def scene_as_json(scene: Scene) -> None:
    print(json.dumps(scene.as_json()), flush=True)


def what_to_click(scene: Scene) -> None:
    steps = (
        f"Open the playground: [link]{scene.discord}[/]",
        "Pick [bold]alice[/] and type [bold]/room public[/]: a voice channel appears.",
        "Join it, leave it: ten seconds later it is gone.",
        f"See the dashboard: [link]{scene.dashboard}[/]",
    )
    console = Console(highlight=False)
    console.print("\n[bold]Rallypoint's demo is ready.[/]\n")
    for number, step in enumerate(steps, start=1):
        console.print(f"  {number}. {step}")
    # One line, or what is copied is torn.
    console.print("\nOr ask it as a program, with Alice's token:\n", soft_wrap=True)
    asked = f"{scene.dashboard}/api/v1/scheduled-tasks/builtin"
    command = f'curl -H "Authorization: Bearer {scene.token}" {asked}'
    console.print(f"  {escape(command)}", soft_wrap=True)
    console.print("\nCtrl-C ends it.\n")


def findings_as_json(findings: Sequence[Finding]) -> None:
    print(
        json.dumps(
            [
                {
                    "grade": each.grade.value,
                    "subject": each.subject,
                    "fact": each.fact,
                    "fix": each.fix,
                }
                for each in findings
            ]
        )
    )


def findings_table(findings: Sequence[Finding]) -> None:
    table = Table.grid(padding=(0, 2))
    for each in findings:
        grade = f"[{COLOURS[each.grade]}]{each.grade}[/]"
        fact = escape(each.fact) + (f"\n[bold]→[/] {escape(each.fix)}" if each.fix else "")
        table.add_row(grade, escape(each.subject), fact)
    Console(highlight=False).print(table)


def has_failure(findings: Sequence[Finding]) -> bool:
    return any(each.grade is Grade.FAILURE for each in findings)


def settings_as_json(shown: Sequence[Shown]) -> None:
    rows = [{"key": each.key, "value": each.value, "origin": each.origin} for each in shown]
    print(json.dumps(rows))


def settings_table(shown: Sequence[Shown]) -> None:
    table = Table("setting", "value", "from", "what it does", box=None, padding=(0, 2, 0, 0))
    for each in shown:
        table.add_row(each.key, escape(_value(each)), each.origin, escape(each.description))
    Console(highlight=False).print(table)


def _value(shown: Shown) -> str:
    feature, _, name = shown.key.partition(".")
    field = catalogue.setting_models()[feature].model_fields[name]
    if shown.value is None:
        return "none"
    if field.annotation is timedelta:
        return durations.words(timedelta(seconds=shown.value))
    return str(shown.value)
