"""The voice ledger's face: who is in voice and for how long, one's own data, and a live stream for programs."""
