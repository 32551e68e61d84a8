"""The database: SQLite or PostgreSQL, and the history of its tables."""

from .database import Database
from .migrate import check_revision, migrate

__all__ = ["Database", "check_revision", "migrate"]
