from __future__ import annotations

import os

import pytest

from .stores import postgres_store, sqlite_store


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store(request):
    return request.param


@pytest.fixture
def open_store(request, store):
    """Opens a run's own database."""
    if store == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        return lambda folder: sqlite_store(template, folder)
    template = request.getfixturevalue("postgres_template")
    server = os.environ["RALLYPOINT_TEST_POSTGRES"]
    return lambda _: postgres_store(server, template)
