"""One file per subject that travels; `registry` lists them all."""
