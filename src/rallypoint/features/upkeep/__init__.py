"""What the program does for its own upkeep: forget, tidy, back up, look after itself."""
