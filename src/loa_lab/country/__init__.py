"""A made-up country of full size, to time the pages."""
