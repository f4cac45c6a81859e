"""Lịch phát: programmes, weekly hours, relays."""
