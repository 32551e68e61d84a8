"""From the gateway's raw payloads into the ledger, and `/voice`."""

from .commands import VoiceCommands
from .gateway import Voice

__all__ = ["Voice", "VoiceCommands"]
