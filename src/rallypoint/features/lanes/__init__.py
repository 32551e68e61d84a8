"""Which lanes personal sessions have: changed by whoever runs the program, while it runs."""
