"""Số liệu: figures."""
