"""Chỉ đạo và báo cáo: directives and reports."""
