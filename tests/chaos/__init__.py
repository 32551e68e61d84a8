"""The program killed with SIGKILL, again and again, at every place around what it does outside.

`zygote` has everything imported and forks programs; `points` are the places, wrapped in the forked child alone;
`world` is a Discord, a database and the people, who go on living whoever dies; `scenarios` is what they do; `truths` is
what must hold afterwards; `campaign` draws up the plans and counts the kills.
"""
