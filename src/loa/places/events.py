"""Facts this module records."""

GAZETTEER_LOADED = "places.gazetteer_loaded"
HAMLET_ADDED = "places.hamlet_added"
OFFICIAL_LIST_TAKEN = "places.official_list_taken"
