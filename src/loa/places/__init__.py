"""Đơn vị hành chính: where. Nation, province (2 digits), commune (5 digits), hamlet; and history.

A place is known by its own UUIDv7; codes are strings on two independent levels, valid from a day
to a day. Districts and the units before 1 July 2025 stay as history, each with its successors.
What is not known (households, people, languages) is None, never 0.
"""
