"""One folder per outside thing: each implements a port of the kernel or brings input to the features' edges."""
