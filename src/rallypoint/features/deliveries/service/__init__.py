"""Use cases: destinations, what lies ready for them, and how it is sent."""
