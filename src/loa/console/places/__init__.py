"""Địa giới: reorganising units."""
