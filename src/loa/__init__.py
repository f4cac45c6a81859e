"""The node: from the officer's desk to the outlets, and back with proof."""
