"""`/voice`."""

from .commands import VoiceCommands

__all__ = ["VoiceCommands"]
