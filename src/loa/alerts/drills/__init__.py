"""Drills: how the stations did."""
