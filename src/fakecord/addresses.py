"""What a client is told leads back the way it came: in clear text, by TLS, or as Discord's names."""

from __future__ import annotations

from typing import NamedTuple

VOICE_NAME = "fakecord.discord.media"
GATEWAY_NAME = "gateway.discord.gg"


class Addresses(NamedTuple):
    gateway: str
    """With its scheme: ``wss://gateway.discord.gg``"""
    voice: str | None
    """A host and port, always spoken to by TLS; None without TLS: then there is no voice server."""


def addresses(host: str, *, secure: bool, tls_port: int | None) -> Addresses:
    """*host* is the header of a request; *secure* whether it came by TLS."""
    name, _, _ = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    if _is_discord(name):
        return Addresses(f"wss://{GATEWAY_NAME}", f"{VOICE_NAME}:443")
    scheme = "wss" if secure else "ws"
    return Addresses(f"{scheme}://{host}", None if tls_port is None else f"{name}:{tls_port}")


def is_voice(host: str, version: str | None) -> bool:
    """Whether a socket means the voice gateway: by its name, or its versions, which end at 8.

    The gateway's begin above: https://docs.discord.com/developers/reference#api-versioning
    """
    name = host.partition(":")[0]
    return name.endswith(".discord.media") or version in ("4", "5", "6", "7", "8")


def _is_discord(name: str) -> bool:
    return name.endswith((".discord.gg", ".discord.com", ".discord.media")) or name == "discord.com"
