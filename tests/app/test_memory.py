from __future__ import annotations

import gc
import weakref
from asyncio import AbstractEventLoop
from typing import cast

from rallypoint.app import memory


class Thing:
    """In a circle: only the collector can free it."""

    def __init__(self):
        self.itself = self


class Loop:
    def __init__(self):
        self.later = []

    def call_later(self, seconds, do, *given):
        self.later.append((seconds, do, given))


def test_what_stays_is_left_out_until_it_is_garbage():
    thing = Thing()
    memory.settle()
    gone = weakref.ref(thing)
    del thing
    gc.collect()
    assert gone() is not None

    memory.settle()
    assert gone() is None


def test_it_is_done_once_all_is_there_and_now_and_then():
    loop = Loop()
    memory.keep_settled(cast(AbstractEventLoop, loop))
    for seconds in (memory.SETTLED_AFTER, memory.AGAIN_AFTER):
        [(after, do, given)] = loop.later
        loop.later.clear()
        assert after == seconds
        gc.unfreeze()
        do(*given)
        assert gc.get_freeze_count() > 0
