"""Whether an event is sent. Pure: from the conditions, what is remembered and an event, or a moment, to what is to be
sent and remembered now. One function for what happens and for what would have happened.

All conditions must hold; an event that does not say what a condition asks about does not meet it.
"""
