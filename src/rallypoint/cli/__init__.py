"""The command line: each command reads its options, calls the program, and says what came of it.

The program is imported by the commands that need it, when they run: that takes over a second, too long to wait for
`--help` or for a word about a mistyped setting.
"""

from __future__ import annotations

import sys

from rallypoint.kernel.errors import RallypointError, Refused
from rallypoint.kernel.secrecy import SECRECY
from rallypoint.kernel.settings import SettingsInvalid

from . import commands, guild_settings, schedules, tokens, transfers

app = commands.app
app.add_typer(guild_settings.app, name="settings")
app.add_typer(schedules.app, name="schedules")
app.add_typer(tokens.app, name="token")
app.command(name="import")(transfers.take_in)
app.command(name="export")(transfers.write_out)

FAILED = 1
MISUSED = 2


def main() -> None:
    """Whatever we know to go wrong is one line on the standard error: what is wrong, and what to do."""
    try:
        app()
    except SettingsInvalid as error:
        _leave(MISUSED, *error.problems)
    except Refused as error:
        from .words import words_of

        _leave(MISUSED, words_of(error))
    except RallypointError as error:
        _leave(FAILED, str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _leave(code: int, *lines: str) -> None:
    for line in lines:
        print(SECRECY.hide(f"rallypoint: {line}"), file=sys.stderr)
    sys.exit(code)
