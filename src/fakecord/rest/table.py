"""Every route there is, and how one is found."""

from __future__ import annotations

from dataclasses import dataclass, field

from fakecord.rest import (
    applications,
    audit_log,
    bans,
    channels,
    command_permissions,
    events,
    expressions,
    gateway,
    guilds,
    interactions,
    invites,
    members,
    messages,
    oauth2,
    pins,
    reactions,
    roles,
    stages,
    thread_lists,
    threads,
    users,
    voice,
    webhooks,
)
from fakecord.rest.call import Route

ROUTES: list[Route] = [
    *users.routes,
    *oauth2.routes,
    *applications.routes,
    *gateway.routes,
    *guilds.routes,
    *channels.routes,
    *roles.routes,
    *members.routes,
    *bans.routes,
    *events.routes,
    *voice.routes,
    *messages.routes,
    *reactions.routes,
    *pins.routes,
    *webhooks.routes,
    *invites.routes,
    *stages.routes,
    *expressions.routes,
    *command_permissions.routes,
    *threads.routes,
    *thread_lists.routes,
    *interactions.routes,
    *audit_log.routes,
]


@dataclass(slots=True)
class _Node:
    fixed: dict[str, _Node] = field(default_factory=dict)
    any: tuple[str, _Node] | None = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of *path* and its parameters; a fixed word wins over a parameter."""
    return _find(_TREE, path.strip("/").split("/"), method, ())


def _find(
    node: _Node, steps: list[str], method: str, values: tuple[str, ...]
) -> tuple[Route, dict[str, str]] | None:
    if not steps:
        found = node.routes.get(method)
        return (found[0], dict(zip(found[1], values, strict=True))) if found else None
    first, *rest = steps
    if first in node.fixed:
        answer = _find(node.fixed[first], rest, method, values)
        if answer is not None:
            return answer
    return _find(node.any[1], rest, method, (*values, first)) if node.any else None


def _tree(routes: list[Route]) -> _Node:
    root = _Node()
    for route in routes:
        node, names = root, []
        for step in route.path.strip("/").split("/"):
            if step.startswith("{"):
                names.append(step.strip("{}"))
                node.any = node.any or (step, _Node())
                node = node.any[1]
            else:
                node = node.fixed.setdefault(step, _Node())
        node.routes[route.method] = (route, tuple(names))
    return root


_TREE = _tree(ROUTES)
