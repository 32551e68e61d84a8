"""Vertical slices: each folder owns everything one part of the product needs."""
