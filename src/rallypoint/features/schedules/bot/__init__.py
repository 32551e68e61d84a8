"""`/schedule`: what the commands do, and what they offer while somebody types."""

from .commands import Schedules

__all__ = ["Schedules"]
