"""Use cases: looking at what was sent, and sending it again."""
