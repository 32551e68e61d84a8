"""What can be done with rooms.

`requests` and `following` are decided within one transaction of the caller. `opening` and `closing` speak with Discord,
and so open their own: before and after, never during.
"""
