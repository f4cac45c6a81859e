"""Soạn and Duyệt: a bulletin written, approved, put on air, proved."""
