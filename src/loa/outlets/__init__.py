"""Stations and everything that reaches people: clusters, their devices, claims, health.

An outlet is the place on the pole and keeps its history; a device is the box that hangs there
today, with a key it made itself. Replacing the box retires a device and keeps the outlet.
"""
