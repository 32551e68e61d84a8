"""Writing the ledger down, who is where, what is kept of it, and whether it is true, one a module."""
