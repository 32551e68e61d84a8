"""The program with a Discord of its own, to play with: no token, nothing to set up."""
