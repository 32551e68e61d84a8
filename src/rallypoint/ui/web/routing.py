"""Routers whose routes cost nothing until somebody comes by them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path


class LateRoute(APIRoute):
    """Its endpoint's signature is read when it is first asked for, or described: to read all of them was half of the
    program's start.

    What is wrong with a signature is raised then, too.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str],
        **declared: Any,
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.methods = {*methods}
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self._declared = declared

    def __getattr__(self, name: str) -> Any:
        """All else that a route has."""
        declared = self.__dict__.pop("_declared", None)
        if declared is None:
            raise AttributeError(f"a route has no {name}")
        super().__init__(self.path, self.endpoint, methods=self.methods, **declared)
        return getattr(self, name)


def router(prefix: str = "", **declared: Any) -> APIRouter:
    return APIRouter(prefix=prefix, route_class=LateRoute, **declared)
