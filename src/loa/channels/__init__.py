"""One folder per way of reaching people, strangers to one another (wall 6)."""
