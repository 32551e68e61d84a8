"""`PYTHON dbot.py FOLDER DISCORD_URL`: dbot's own code, unchanged, out of its repository in FOLDER, on another Discord.

It runs in an environment that has what dbot needs, so it imports nothing of ours. Its settings are in the environment.
"""

from __future__ import annotations

import sys
from pathlib import Path

folder, discord_url = sys.argv[1:]
sys.path.insert(0, str(Path(folder) / "src"))

import discord.http  # noqa: E402

discord.http.Route.BASE = f"{discord_url}/api/v10"

from dbot.main import DBot  # noqa: E402

DBot().run()
