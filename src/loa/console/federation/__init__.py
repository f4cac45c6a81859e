"""Liên thông: links between nodes."""
