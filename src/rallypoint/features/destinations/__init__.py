"""What people and programs see and do of destinations: their log, replay, tests, and REST."""
