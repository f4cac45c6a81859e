"""Print: bulletins as sheets for the notice board."""
