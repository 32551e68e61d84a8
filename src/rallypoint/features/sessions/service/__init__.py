"""Use cases of sessions. Whoever gives turns, or takes one from the queue, locks the lanes before any session's row."""
