"""Use cases: what conditions remember, whether they are met, whether they would have been."""
