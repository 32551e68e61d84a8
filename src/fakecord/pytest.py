"""For `pytest_plugins = ["fakecord.pytest"]` in a conftest.py: a local Discord for each test.

No entry point: pytest would load it for whoever has this package installed, whatever they test.
It needs pytest-asyncio.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fakecord.fakecord import Fakecord


@pytest_asyncio.fixture
async def fakecord() -> AsyncIterator[Fakecord]:
    """A Discord of the test's own; the test fails if something was asked of it that it has no route for."""
    async with Fakecord() as fake:
        yield fake
    if fake.unknown_routes:
        pytest.fail(f"fakecord has no route {', '.join(fake.unknown_routes)}", pytrace=False)
