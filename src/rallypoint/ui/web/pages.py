from __future__ import annotations

from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rallypoint.kernel import durations

from . import assets

TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """Renders templates: everything is escaped, and a name that a template asks for in vain is an error."""

    def __init__(self, *folders: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([*folders, TEMPLATES]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        named = assets.versions()
        self._environment.globals["asset"] = lambda file: f"/static/{file}?v={named[file]}"
        self._environment.globals["version"] = version("rallypoint")
        self._environment.filters["until"] = until

    def render(self, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        page = self._environment.get_template(template).render(status=status, **context)
        return HTMLResponse(page, status_code=status)


def until(moment: datetime, now: datetime) -> str:
    """ "in 5 min", as two units at most; "now" for what is due."""
    left = moment - now
    if left < timedelta(seconds=1):
        return "now"
    return "in " + " ".join(durations.words(left).split()[:4])
