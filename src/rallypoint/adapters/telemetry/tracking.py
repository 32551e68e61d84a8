"""Whether errors are told to a Sentry. Only then is what does so imported: tenths of a second, and 4 MB."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.settings import Settings


def is_wanted(settings: Settings, find: Callable[[str], object] = find_spec) -> bool:
    """Raise CannotStart if it is, but cannot be."""
    if settings.sentry_dsn is None:
        return False
    if find("sentry_sdk") is None:
        raise CannotStart(
            "RALLYPOINT_SENTRY_DSN is set, but sentry-sdk cannot be found;"
            " install it with: pip install 'rallypoint[sentry]'"
        )
    return True
