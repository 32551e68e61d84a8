from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from rallypoint.kernel import settings
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Operator

from .commands import run
from .options import AsJson, Data

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="Make and take back personal tokens, by which programs ask the REST interface.",
)


@app.command()
def create(
    user: Annotated[
        str, typer.Option(help="The Discord id of whom it speaks for: it may what they may.")
    ],
    name: Annotated[
        str, typer.Option(help="What it is for, to tell it from others.")
    ] = "command line",
    days: Annotated[int, typer.Option(help="How long it is good for: 1 to 365.")] = 90,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may change nothing.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make one and print its text, this once: only a hash of it is kept."""
    from rallypoint.features.accounts import api as accounts

    from . import shown_tokens

    user_id, now = _user(user), SystemClock().now()
    made = _within(
        data,
        lambda session: accounts.create_token(
            session,
            user_id=user_id,
            name=name,
            days=days,
            read_only=read_only,
            by=Operator(),
            now=now,
        ),
    )
    (shown_tokens.made_as_json if as_json else shown_tokens.made)(made)


@app.command(name="list")
def show(
    user: Annotated[str | None, typer.Option(help="Only those of this Discord id.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Each token, the newest first: whose it is, until when it is good, and when it was used last."""
    from rallypoint.features.accounts import api as accounts

    from . import shown_tokens

    user_id = None if user is None else _user(user)
    found = _within(data, lambda session: accounts.list_tokens(session, user_id))
    now = SystemClock().now()
    (shown_tokens.listing_as_json if as_json else shown_tokens.listing)(found, now)


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(help="Its id, as `token list` shows it.")],
    data: Data = None,
) -> None:
    """Take it back: at once, and for good."""
    from rallypoint.features.accounts import api as accounts

    now = SystemClock().now()
    revoked = _within(
        data, lambda session: accounts.revoke_token(session, token, by=Operator(), now=now)
    )
    print(f"{revoked.id} opens nothing any more.")


def _user(text: str) -> UserId:
    if not text.isdecimal() or not text.isascii():
        raise Refused("user_id_invalid", given=text[:100])
    return UserId(int(text[:100]))


def _within(data: Path | None, use: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """One transaction on a database that is there and up to date."""
    chosen = settings.load(data=data)
    from rallypoint.app.storage import existing

    async def work() -> T:
        async with existing(chosen) as database, database.sessions.begin() as session:
            return await use(session)

    return run(work())
