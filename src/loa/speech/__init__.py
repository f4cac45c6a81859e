"""Vietnamese text to spoken text, and spoken text to voice. No Django, no clock, no network."""
