"""The job engine side by side with its peers, in one run: `python -m bench.jobs`, or `make bench-jobs`."""
