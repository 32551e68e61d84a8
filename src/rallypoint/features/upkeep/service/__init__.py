"""One chore a module."""
