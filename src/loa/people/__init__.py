"""Who, and may they. Accounts, roles at places, and the one policy that answers every question.

A role permits a screen. Only a delegation, signed by two registrars and checked by the device,
permits a signature (`authority`).
"""
