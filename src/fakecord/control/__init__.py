"""The control door: everything a test in any language needs, as JSON below `/_control`."""
