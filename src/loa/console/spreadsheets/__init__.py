"""Spreadsheets in and out: stations, outlets, hamlets, accounts, timetables."""
