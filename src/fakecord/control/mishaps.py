"""A plan of faults, what it did, and the token."""

from __future__ import annotations

from pydantic import BaseModel

from fakecord.control.operation import Operation, Problem, Request
from fakecord.faults.plan import Plan, PlanError


class StruckShown(BaseModel):
    at: float
    fault: str
    target: str


class TokenShown(BaseModel):
    token: str


async def follow_plan(request: Request) -> None:
    try:
        request.core.conductor.begin(request.body)
    except PlanError as error:
        raise Problem(400, "bad_plan", str(error)) from error


async def end_plan(request: Request) -> None:
    request.core.conductor.end()


async def list_struck(request: Request) -> list[StruckShown]:
    return [StruckShown(**each._asdict()) for each in request.core.trace]


async def reset_token(request: Request) -> TokenShown:
    return TokenShown(token=request.core.reset_token())


async def document_limits(request: Request) -> None:
    request.core.limits.as_documented()


operations = [
    Operation("PUT", "/plan", follow_plan, "Misbehave as planned, from now on", Plan, None),
    Operation("DELETE", "/plan", end_plan, "End the plan, and what of it lasts", answer=None),
    Operation(
        "GET", "/trace", list_struck, "Which faults struck, and whom", answer=list[StruckShown]
    ),
    Operation("PUT", "/token", reset_token, "Give the bot another token", answer=TokenShown),
    Operation(
        "PUT", "/limits/documented", document_limits, "Limit as Discord documents it", answer=None
    ),
]
