"""Tokens that people make for their programs on their page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from rallypoint.features.accounts.model import Token
from rallypoint.kernel.clock import SystemClock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def asks(http, guild):
    """What a program with that token is answered."""
    path = f"/api/v1/guilds/{guild.id}/scheduled-tasks"

    async def ask(method, token):
        headers = {"Authorization": f"Bearer {token}"}
        return (await http.request(method, path, headers=headers)).status_code

    return ask


@pytest.mark.parametrize(("read_only", "answers"), [("true", [200, 403]), ("false", [200, 422])])
async def test_a_token_may_what_its_maker_ticked(house, alice, in_, asks, read_only, answers):
    visits = await in_(alice)
    page = await visits.send("/me/tokens", name="sheet", days="1", read_only=read_only)
    token = re.findall(r"rp_\w+", page.text)[0]

    assert [await asks(method, token) for method in ("GET", "POST")] == answers


async def test_what_is_over_is_not_listed(house, alice, in_, sessions):
    visits = await in_(alice)
    for name in ("old one", "good one"):
        await visits.send("/me/tokens", name=name, days="1", read_only="true")
    past = SystemClock().now() - timedelta(seconds=1)
    async with sessions.begin() as session:
        await session.execute(update(Token).where(Token.name == "old one").values(expires_at=past))
    page = (await visits.get("/me")).text

    assert "good one" in page
    assert "old one" not in page
