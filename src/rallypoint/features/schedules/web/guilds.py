"""A guild's own schedules."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from rallypoint.features.schedules.service import managing
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.jobs.schedules import Listed
from rallypoint.ui.web.answers import WITH_BODY, api, errors
from rallypoint.ui.web.languages import N_
from rallypoint.ui.web.rights import Guild, Id, Manager, Organiser, Viewer, number

from . import shapes
from .forms import NewTask, TaskChanges
from .shapes import Runs, Task, Tasks

Active = Annotated[
    Literal["true", "false"] | None,
    Query(description="`true`: only those that are; `false`: only those that are paused"),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many to tell at most")]
Before = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,18}$", description="`next` of the page before this one")
]


def routes(parts: Parts) -> APIRouter:
    router = api("/api/v1/guilds/{guild}/scheduled-tasks", tag=N_("Scheduled tasks"))
    rest = _Rest(parts)
    one, runs = "/{id}", "/{id}/runs"
    denied, gone = errors(403, 404), errors(404)
    with_body = errors(403, 404, *WITH_BODY)
    router.get("", operation_id="listTasks", responses={**denied})(rest.list_tasks)
    router.post("", operation_id="createTask", status_code=201, responses={**with_body})(
        rest.create_task
    )
    router.get(one, operation_id="getTask", responses={**denied, **gone})(rest.get_task)
    router.patch(one, operation_id="changeTask", responses={**with_body})(rest.change_task)
    router.delete(one, operation_id="deleteTask", status_code=204, responses={**denied})(
        rest.delete_task
    )
    router.post(
        f"{one}/execute", operation_id="executeTask", status_code=202, responses={**denied}
    )(rest.execute_task)
    router.get(runs, operation_id="listRuns", responses={**denied})(rest.list_runs)
    return router


class _Rest:
    """Each reads, calls a use case and tells."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def _told(self, listed: Listed) -> Task:
        return shapes.task(listed, self._parts.kinds, self._parts.clock.now())

    async def list_tasks(self, by: Viewer, active: Active = None) -> Tasks:
        """The server's own; those of the program are the builtin ones."""
        async with self._parts.sessions.begin() as session:
            listed = await managing.listing(session, by=by)
            wanted = None if active is None else active == "true"
            return Tasks(
                items=[
                    self._told(each)
                    for each in listed
                    if wanted is None or each.schedule.active is wanted
                ]
            )

    async def create_task(self, guild: Guild, by: Manager, body: NewTask, answer: Response) -> Task:
        """With `is_active` false it waits until a PATCH resumes it."""
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            row = await managing.add(session, self._parts.kinds, body.wanted(), by=by, now=now)
            if not body.is_active:
                await managing.pause(session, row.id, by=by, now=now)
            answer.headers["Location"] = f"/api/v1/guilds/{guild}/scheduled-tasks/{row.id}"
            return self._told(await managing.show(session, row.id, by=by))

    async def get_task(self, id: Id, by: Viewer) -> Task:
        async with self._parts.sessions.begin() as session:
            return self._told(await managing.show(session, _task(id), by=by))

    async def change_task(self, id: Id, by: Organiser, body: TaskChanges) -> Task:
        """A field that is left out stays as it is. `is_active` pauses and resumes; to change any other takes
        Manage Server."""
        parts, schedule_id, now = self._parts, _task(id), self._parts.clock.now()
        async with parts.sessions.begin() as session:
            if body.asks_for_more:
                changes = body.changes()
                await managing.edit(session, parts.kinds, schedule_id, changes, by=by, now=now)
            if body.activity is not None:
                turn = managing.resume if body.activity else managing.pause
                await turn(session, schedule_id, by=by, now=now)
            return self._told(await managing.show(session, schedule_id, by=by))

    async def delete_task(self, id: Id, by: Manager) -> None:
        """What it did is remembered as long as what any task did."""
        now = self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            await managing.remove(session, _task(id), by=by, now=now)

    async def execute_task(self, id: Id, by: Organiser) -> Task:
        """Runs it once more, beside its turns and also while it is paused. It begins within a second."""
        schedule_id, now = _task(id), self._parts.clock.now()
        async with self._parts.sessions.begin() as session:
            await managing.run_now(session, schedule_id, by=by, now=now)
            return self._told(await managing.show(session, schedule_id, by=by))

    async def list_runs(self, id: Id, by: Viewer, limit: Limit = 50, before: Before = None) -> Runs:
        """The newest first. Of a task that runs more often than every ten minutes, only what went wrong."""
        async with self._parts.sessions.begin() as session:
            found = await managing.history(
                session,
                _task(id),
                by=by,
                most=limit + 1,
                before=None if before is None else int(before),
            )
        runs = [shapes.ran(each) for each in found[:limit]]
        return Runs(items=runs, next=runs[-1].id if len(found) > limit else None)


def _task(text: str) -> int:
    return number(text, unknown="schedule_unknown", schedule=text)
