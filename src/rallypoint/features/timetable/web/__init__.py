from __future__ import annotations

from .pages import program_section, section

__all__ = ["program_section", "section"]
