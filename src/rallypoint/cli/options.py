"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(
        help="The folder for the database (RALLYPOINT_DATA; without it ./data).", file_okay=False
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=65535,
        help="The dashboard's port (RALLYPOINT_PORT; without it 8080; 0: any free).",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON, for programs.")]
