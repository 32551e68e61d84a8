"""Voice channels that a file names, as dbot does: who comes and goes is called out to web addresses and put into Redis
lists, in dbot's words.
"""
