"""Who wants to hear of what: which events, from where, under which conditions, go to which destination."""
