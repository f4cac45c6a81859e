"""One urgent order: drafted, judged, signed, in force, silenced, counted."""
