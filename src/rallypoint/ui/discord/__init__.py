"""What the features' Discord edges are built from."""
