"""The gateway: sessions, what is dispatched to them, and the socket they come by."""
