"""The main job on real processes, without a browser, with evidence."""
