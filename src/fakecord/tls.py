"""Certificates in Discord's names, by an authority of our own that nobody trusts who is not told to.

A module of its own, imported when TLS is asked for: trustme is an optional package, and slow to load.
"""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path

import trustme

NAMES = (
    "discord.com",
    "*.discord.com",
    "discord.gg",
    "*.discord.gg",
    "*.discord.media",
    "cdn.discordapp.com",
    "media.discordapp.net",
    "localhost",
    "127.0.0.1",
    "::1",
)


@cache
def authority() -> trustme.CA:
    """One for each process; its key is nowhere but here."""
    return trustme.CA(organization_name="fakecord", organization_unit_name="tests only")


@cache
def context() -> ssl.SSLContext:
    """For the server's side of a connection."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert(*NAMES).configure_cert(made)
    return made


def write_authority(file: Path) -> None:
    """The certificate a client must trust, as PEM."""
    authority().cert_pem.write_to_path(str(file))
