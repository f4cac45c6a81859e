"""An urgent order from two key files to hundreds of loudspeakers, with evidence."""
