"""The servers some tests need: found or installed, started for one command, gone after it."""
