"""One linear history: each file in `versions` names the one before it, and is checked by hand.

Expand only: columns and tables are added, and taken away at the earliest one release after the last version that uses
them, so that two versions can run side by side. There are no downgrades: the way back is the copy made before.
"""
