from __future__ import annotations

import pytest

from rallypoint.app.worker import work
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.settings import FixedSettings


async def test_on_sqlite_a_worker_is_refused_and_told_what_to_do(tmp_path):
    with pytest.raises(CannotStart, match=r"RALLYPOINT_DATABASE_URL.* to a PostgreSQL database"):
        await work(FixedSettings(data=tmp_path))

    assert list(tmp_path.iterdir()) == []
