"""Join-to-create: whoever joins a lobby gets a room and is moved in."""
