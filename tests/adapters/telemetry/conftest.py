from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture
def _log_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook
    yield
    root.handlers[:], level, sys.excepthook = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
