"""Voice rooms: opened on request, closed when they have been empty for their time, over crashes and outages.

A room's row is written before its channel is asked for, and a channel is deleted only if a row names its id.
"""
