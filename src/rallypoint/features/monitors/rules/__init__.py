"""What a file may say, what is called out of a change, and in which words. Pure."""
