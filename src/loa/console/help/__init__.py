"""Hướng dẫn: the guide, and the page of components."""
