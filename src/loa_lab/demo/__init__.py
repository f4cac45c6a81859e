"""A node with one living commune: its trust, people and past month are made up and say so."""
