"""Discord, by discord.py: what we ask of it, what it tells us, how a no is said to a person."""
