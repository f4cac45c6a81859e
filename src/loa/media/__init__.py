"""Sound: inspected, levelled, encoded, kept by its hash and served by range. No Django in the rules."""
