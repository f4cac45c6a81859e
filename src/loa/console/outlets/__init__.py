"""Kênh: stations, outlets, the technician's pages."""
