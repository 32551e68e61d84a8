"""Everything this feature says. Pure."""

from __future__ import annotations

REFUSALS = {
    "backup_needs_pg_dump": "pg_dump is not installed here. Install PostgreSQL's client programs.",
}
