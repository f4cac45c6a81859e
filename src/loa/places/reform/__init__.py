"""Merging, splitting and renaming units by an official document: seen first, undone till confirmed.

A unit that changes gets a new row in the gazetteer from the document's day on and the former one
ends. Every row of every room that pointed to it (`homes`) is put under the successor, with a note
of where it was. Codes are never handed to another unit: a former code says for ever what it said.
"""
