"""`/notify`: what the commands do, and what they offer while somebody types."""

from .commands import Notify

__all__ = ["Notify"]
