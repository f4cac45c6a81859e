"""Facts this module records."""

GAZETTEER_LOADED = "places.gazetteer_loaded"
HAMLET_ADDED = "places.hamlet_added"
HAMLET_CHANGED = "places.hamlet_changed"
OFFICIAL_LIST_TAKEN = "places.official_list_taken"
BOUNDARIES_LOADED = "places.boundaries_loaded"
