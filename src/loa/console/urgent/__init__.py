"""Khẩn cấp: orders, templates, keys, CAP."""
