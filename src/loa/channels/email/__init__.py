"""Email: letters to people of lists who asked for them."""
