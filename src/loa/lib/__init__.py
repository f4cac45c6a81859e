"""Ground floor: clock, ids, text, database, processes. No models, nothing of the rooms above."""
