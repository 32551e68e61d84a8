from __future__ import annotations

from datetime import timedelta

from rallypoint.adapters.http import limits
from rallypoint.adapters.http.limits import Limit
from rallypoint.kernel.ids import UserId

ALICE = UserId(1)


def test_what_is_refused_does_not_count(stopped):
    limit = Limit[UserId](1, stopped)
    limit.take(ALICE)
    stopped.advance(timedelta(seconds=59))
    refused = limit.take(ALICE)
    stopped.advance(timedelta(seconds=1))

    assert refused == timedelta(seconds=1)
    assert limit.take(ALICE) is None


def test_a_clock_that_goes_back_shuts_nobody_out(stopped):
    limit = Limit[UserId](1, stopped)
    limit.take(ALICE)
    stopped.set(stopped.now() - timedelta(hours=1))

    assert limit.take(ALICE) is None
    assert limit.take(ALICE) == limits.MINUTE


def test_those_who_have_gone_are_forgotten(stopped):
    limit = Limit[UserId](1, stopped)
    for each in range(limits.TIDIED_ABOVE):
        limit.take(UserId(each))
    stopped.advance(limits.MINUTE)
    limit.take(UserId(-1))

    assert len(limit._asked) == 1
