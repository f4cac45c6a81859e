"""Rows that a background loop could not process: set aside, named, tried again later.

A loop over rows processes each row inside `services.isolated`. A row that raises is written down
here and the loop goes on with the next one, so that one bad row never stops the others.
"""
