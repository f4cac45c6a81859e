"""Reading Word files, in a process of its own: no Django here."""
