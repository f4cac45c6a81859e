"""Facts this module records."""

FIGURES_LOADED = "insight.figures_loaded"
