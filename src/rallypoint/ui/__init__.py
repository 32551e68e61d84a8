"""What the features' edges are built from."""
