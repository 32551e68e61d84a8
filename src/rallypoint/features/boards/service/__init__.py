"""What the pages show, and what is done on them."""
