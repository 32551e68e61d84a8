"""Use cases: taking channels in from a file, calling out their changes, looking whether all of them are seen."""
