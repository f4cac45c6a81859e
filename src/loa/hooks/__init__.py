"""Addresses that machines call: feeds, CAP, calendars. No session."""
