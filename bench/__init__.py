"""Figures, as ratios to a peer in the same run. Nothing here is a test."""
