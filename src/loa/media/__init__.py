"""Sound: inspected, levelled, encoded, kept by its hash and served by range."""
