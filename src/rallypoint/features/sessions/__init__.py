"""Personal voice sessions: a private room with the bot in it, for one member at a time in each lane.

A request waits in its lane, gets a room and a deadline to come, runs while the member is there, and ends once.
"""
