"""One file for each engine: set up as its own documentation says, tuned for being on time. Each is imported only by a
process of its own, with the interpreter its packages are installed for."""
