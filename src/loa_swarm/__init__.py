"""Thousands of simulated loudspeakers, a bad line, and an attacker with every right but the keys.

Devices here judge with the player's own gate and store; only the sound is missing. What they say
was measured on a server, never in a field.
"""
