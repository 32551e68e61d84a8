"""What nobody may know who reads the database alone: what a destination's messages are signed with, and what stands in
an address behind the server's name. Rows of former versions have it in plain text, until the program starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries.model import Destination
from rallypoint.features.deliveries.rules import destinations as rules
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.vault import CannotOpen, Vault, vault_of

UNREADABLE = "unreadable"
"""Why it is paused by us: no key that we have opens what is sealed."""


def seal(session: AsyncSession, destination_id: int, text: str, *, now: datetime) -> str:
    return vault_of(session).seal_text(text, purpose=purpose(destination_id), now=now)


def opened(vault: Vault, destination_id: int, sealed: str) -> str:
    """Raise CannotOpen."""
    return vault.open_text(sealed, purpose=purpose(destination_id))


def write_config(
    session: AsyncSession, row: Destination, config: Mapping[str, Any], *, now: datetime
) -> None:
    """The row must have its id."""
    kept, url = {**config}, config.get("url", "")
    if rules.is_secret(url):
        del kept["url"]
        kept |= {"place": rules.server(url), "sealed": seal(session, row.id, url, now=now)}
    row.config = kept


def config_of(session: AsyncSession, row: Destination) -> dict[str, Any]:
    """As it was given. Raise CannotOpen."""
    config = {**row.config}
    if sealed := config.pop("sealed", None):
        del config["place"]
        config["url"] = opened(vault_of(session), row.id, sealed)
    return config


def new_secret(
    session: AsyncSession, row: Destination, text: str, *, now: datetime
) -> dict[str, Any]:
    return {"sealed": seal(session, row.id, text, now=now), "until": None}


def secret_of(session: AsyncSession, row: Destination, secret: Mapping[str, Any]) -> str:
    """Raise CannotOpen."""
    plain: str | None = secret.get("secret")
    return plain or opened(vault_of(session), row.id, secret["sealed"])


def opens(session: AsyncSession, row: Destination, secret: Mapping[str, Any]) -> bool:
    try:
        secret_of(session, row, secret)
    except CannotOpen:
        return False
    return True


def is_readable(session: AsyncSession, row: Destination) -> bool:
    try:
        config_of(session, row)
    except CannotOpen:
        return False
    return all(opens(session, row, each) for each in row.secrets)


def check_readable(session: AsyncSession, row: Destination) -> None:
    if not is_readable(session, row):
        raise Refused("destination_unreadable", name=row.name)


def renew(session: AsyncSession, row: Destination, *, now: datetime) -> None:
    """Sealed, by the first of the keys. Raise CannotOpen."""
    vault = vault_of(session)
    kept = [*row.secrets, row.config]
    sealed = [each["sealed"] for each in kept if "sealed" in each]
    is_plain = rules.is_secret(row.config.get("url", "")) or any("secret" in each for each in kept)
    if is_plain or not all(vault.is_of_first_key(each, purpose=purpose(row.id)) for each in sealed):
        write_config(session, row, config_of(session, row), now=now)
        row.secrets = [
            new_secret(session, row, secret_of(session, row, each), now=now)
            | {"until": each["until"]}
            for each in row.secrets
        ]


def purpose(destination_id: int) -> str:
    return f"destination {destination_id}"
