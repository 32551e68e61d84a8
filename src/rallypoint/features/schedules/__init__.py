"""The scheduler's face, and what the program does for its own upkeep: forget, tidy, back up, look after itself."""
