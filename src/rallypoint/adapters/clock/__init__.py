"""The clock of somebody else: for tests and the demo."""
