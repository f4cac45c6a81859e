"""Lịch phát sóng: sessions, quiet hours, the commune's source library, slots, and the plan.

A station's programme for fourteen days is one signed document with a growing version: state. It
is built from slots by pure rules; a plan whose content did not change is not issued again.
"""
