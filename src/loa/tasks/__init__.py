"""What an office above asks for, by when, and what became of it: directives and reports."""
