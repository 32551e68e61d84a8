"""The voice server: its socket, and the datagrams that carry sound."""
