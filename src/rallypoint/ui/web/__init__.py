"""What the features' pages are built from."""
