"""Tracker files of voice channels, as other bots keep them: read in, so that their rooms are ours to close, and
written out again."""
