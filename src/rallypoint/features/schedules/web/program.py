"""What the program brings along, and how its scheduler does."""

from __future__ import annotations

from fastapi import APIRouter

from rallypoint.features.schedules.service import status
from rallypoint.kernel.feature import Parts
from rallypoint.ui.web.answers import api
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.rights import ForOperator

from . import shapes
from .shapes import Builtin, Builtins, Status, TaskTypes


def routes(parts: Parts) -> APIRouter:
    """Also at `/api/scheduled-tasks/builtin`, without a version: programs of an older bot ask there."""
    router = api("/api", tag=N_("Scheduler"))
    rest = _Rest(parts)
    router.get("/v1/scheduled-tasks/builtin", operation_id="listBuiltinTasks")(rest.list_builtin)
    router.get(
        "/scheduled-tasks/builtin",
        operation_id="listBuiltinTasksUnversioned",
        summary="List builtin tasks, at the address without a version",
    )(rest.list_builtin)
    router.get("/v1/scheduled-tasks/types", operation_id="listTaskTypes")(rest.list_types)
    router.get("/v1/scheduled-tasks/scheduler/status", operation_id="getSchedulerStatus")(
        rest.get_status
    )
    return router


class _Rest:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def list_builtin(self, whole: ForOperator) -> Builtins:
        """The schedules that the program brings along."""
        return Builtins(items=await self._builtins(whole))

    async def list_types(self) -> TaskTypes:
        """What a server may have done on a schedule of its own."""
        return shapes.task_types(self._parts.kinds)

    async def get_status(self, whole: ForOperator) -> Status:
        """Whether the scheduler is at work; whoever runs the program is told its figures, too."""
        async with self._parts.sessions.begin() as session:
            figures = await status.figures(session, now=self._parts.clock.now())
        counts = figures.counts if whole else dict.fromkeys(figures.counts)
        return Status(
            running=figures.heartbeat_at is not None,
            heartbeat_at=figures.heartbeat_at,
            builtin_tasks=await self._builtins(whole),
            **counts,
        )

    async def _builtins(self, whole: bool) -> list[Builtin]:
        kinds, now = self._parts.kinds, self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            found = await status.builtins(session)
            return [shapes.builtin(each, kinds, now, whole=whole) for each in found]
