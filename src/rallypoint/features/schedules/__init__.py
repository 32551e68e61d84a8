"""The scheduler's face: what recurs, how it went, and who may change it."""
