"""Texts and web addresses with placeholders, which data fills in and can change nothing else about."""
