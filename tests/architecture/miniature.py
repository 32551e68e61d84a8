"""A whole program in few lines, which keeps every rule: tests plant one breach in it at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = {
    "fakecord/__init__.py": "",
    "rallypoint/__init__.py": "",
    "rallypoint/__main__.py": "from rallypoint import cli\n",
    "rallypoint/cli.py": "from rallypoint import app\n",
    "rallypoint/app.py": (
        "from rallypoint.adapters import http\n"
        "from rallypoint.features.guilds.feature import feature as guilds\n"
        "from rallypoint.features.rooms.feature import feature as rooms\n"
        "FEATURES = (guilds, rooms)\n"
    ),
    "rallypoint/adapters/__init__.py": "",
    "rallypoint/adapters/http.py": "import fastapi\nfrom rallypoint.ui import pages\n",
    "rallypoint/adapters/telemetry/__init__.py": "",
    "rallypoint/adapters/telemetry/sentry.py": "import sentry_sdk\n",
    "rallypoint/ui/__init__.py": "",
    "rallypoint/ui/pages.py": "import starlette\nfrom rallypoint.kernel import feature\n",
    "rallypoint/kernel/__init__.py": "",
    "rallypoint/kernel/feature.py": "class Feature:\n    def __init__(self, name):\n"
    "        self.name = name\n",
    "rallypoint/features/__init__.py": "",
}
SLICE = {
    "__init__.py": "",
    "feature.py": "import discord\nfrom rallypoint.features.{name} import bot, jobs, web\n"
    "from rallypoint.kernel.feature import Feature\nfeature = Feature('{name}')\n",
    "bot.py": "import discord\nfrom rallypoint.features.{name} import service, texts\n",
    "web.py": "import fastapi\nfrom rallypoint.features.{name} import service, texts\n",
    "jobs.py": "from rallypoint.features.{name} import service\n",
    "api.py": "from rallypoint.features.{name} import service\n",
    "texts.py": "from rallypoint.features.{name} import rules\n",
    "service.py": "from rallypoint.features.{name} import events, model, rules\n",
    "model.py": "from rallypoint.kernel import feature\n",
    "rules.py": "from rallypoint.features.{name} import events\n",
    "events.py": "",
    "tests/__init__.py": "",
    "tests/test_rules.py": "from rallypoint.features.{name} import rules\n",
}


def build(folder: Path) -> Path:
    """Write the program with this repository's pyproject.toml; its `src` holds both packages."""
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    for name, text in FILES.items():
        add(folder, name, text)
    for feature in ("guilds", "rooms"):
        for name, text in SLICE.items():
            add(folder, f"rallypoint/features/{feature}/{name}", text.format(name=feature))
    add(
        folder,
        "rallypoint/features/rooms/service.py",
        "from rallypoint.features.guilds import api\n",
    )
    return folder


def add(folder: Path, name: str, text: str) -> None:
    """Append *text* to a file below `src`, which is made when it is not there."""
    path = folder / "src" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
