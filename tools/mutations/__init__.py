"""Is each rule of the wire caught by a vector or a script? The reference, broken rule by rule."""
