"""`make bench`: how fast and how small, each beside its bare baseline in the same run."""
