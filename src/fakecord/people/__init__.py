"""People: they join voice, run commands, click and type, and see only what they may."""
