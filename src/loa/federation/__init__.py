"""Liên thông: the link between the centre and its provinces.

What happened here and is meant for the other side is copied from the journal into a numbered,
chained list per link (`outgoing`), by an explicit register of what may travel in which direction
(`registry`). The node below makes the connection (`line`); each side takes the other's signed pages
into a mailbox of its own (`incoming`) before it acts on them.
"""
