"""What is secret in destinations and monitored channels is sealed, by the program at its start: it has the key.

No table changes. But a former version, which could not read what is sealed, is kept from starting on it.
"""

from __future__ import annotations

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
