"""The addresses of spreadsheets in and out."""

from django.urls import path

from loa.console.spreadsheets import pages, receiver_lists

patterns = [
    path("them/bang-tinh/", pages.index, name="sheets"),
    path("them/bang-tinh/<str:kind>/xuat.<str:form>", pages.export, name="sheet_export"),
    path("them/bang-tinh/<str:kind>/xem", pages.preview, name="sheet_preview"),
    path("them/bang-tinh/<str:kind>/nhap", pages.confirm, name="sheet_confirm"),
    path("soan/danh-sach-xa/", receiver_lists.page, name="receivers"),
    path("soan/danh-sach-xa/bo", receiver_lists.drop, name="receivers_drop"),
]
