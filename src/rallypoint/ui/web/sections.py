"""A part of the dashboard: its routes, its templates, and its place in the navigation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from rallypoint.kernel.people import Role

from .routing import router

Handler = Callable[..., Any]
PROGRAM = "/program"


class Section:
    """`/servers/{guild}/NAME`, for those who are at least *role* there; `/program/NAME`, for who runs the program; or
    `/NAME`, for whoever is logged in (None).

    Its templates are named `NAME/…`.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        role: Role | Literal["operator"] | None,
        place: int,
        templates: Path | None = None,
        among: str = "",
    ) -> None:
        """*title* is marked with `N_`; *place*: the lower, the further up. *among*: the entry of the navigation, marked
        with `N_`, that it shares with others: each of them is a tab."""
        self.name = name
        self.title = title
        self.role = role
        self.place = place
        self.templates = templates
        self.among = among
        above = PROGRAM if role == "operator" else "" if role is None else "/servers/{guild}"
        prefix = f"{above}/{name}"
        self.router = router(prefix, include_in_schema=False)

    def get(self, path: str, handler: Handler) -> None:
        self.router.get(path, response_model=None)(handler)

    def post(self, path: str, handler: Handler) -> None:
        self.router.post(path, response_model=None)(handler)
