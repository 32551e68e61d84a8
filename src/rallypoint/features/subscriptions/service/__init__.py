"""Use cases: who subscribes to what, and what is theirs of what happens."""
