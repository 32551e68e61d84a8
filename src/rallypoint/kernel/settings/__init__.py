"""How this program is set up: `RALLYPOINT_*` in the environment or in `.env`, secrets also by `*_FILE`.

The environment wins over `.env`. Whatever is wrong is found at once and named, one line a key.
"""

from .keys import PREFIX, FixedSettings, Settings
from .reading import SettingsInvalid, load, unknown

__all__ = ["PREFIX", "FixedSettings", "Settings", "SettingsInvalid", "load", "unknown"]
