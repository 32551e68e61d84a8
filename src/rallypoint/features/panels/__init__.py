"""Rooms in the hands of members: `/room …`, and the panel in each room's own chat.

The life of a room is `rooms`' matter; here is what people ask for and do with it.
"""
