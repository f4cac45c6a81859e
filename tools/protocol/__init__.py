"""What writes docs/protocol: a world of test keys, test vectors, templates of the prose."""
