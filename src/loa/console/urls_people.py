"""The addresses of people, their roles and what is their own."""

from django.urls import path

from loa.console import own, person, staff
from loa.console.sheets import pages as sheets

patterns = [
    path("them/tai-khoan", staff.page, name="staff"),
    path("them/tai-khoan/giao", staff.grant, name="grant"),
    path("them/tai-khoan/<uuid:role_id>/thoi", staff.end, name="role_end"),
    path("them/tai-khoan/quy-dinh", staff.office_rule, name="office_rule"),
    path("them/tai-khoan/<uuid:account_id>/", person.page, name="person"),
    path("them/tai-khoan/<uuid:account_id>/duong-dan", person.link, name="person_link"),
    path("them/tai-khoan/<uuid:account_id>/hai-buoc", person.factors, name="person_factors"),
    path("them/tai-khoan/<uuid:account_id>/roi-don-vi", person.leave, name="person_leave"),
    path("them/dien-thoai", own.phone, name="phone"),
    path("them/quyen", own.matrix, name="matrix"),
    path("them/nguoi-thay", own.stand_in, name="stand_in"),
    path("them/nguoi-thay/nhan-lai", own.take_back, name="take_back"),
    path("them/phien", own.session_list, name="sessions"),
    path("them/phien/thoat", own.session_end, name="session_end"),
    path("them/bang-tinh/", sheets.index, name="sheets"),
    path("them/bang-tinh/<str:kind>/xuat.<str:form>", sheets.export, name="sheet_export"),
    path("them/bang-tinh/<str:kind>/xem", sheets.preview, name="sheet_preview"),
    path("them/bang-tinh/<str:kind>/nhap", sheets.confirm, name="sheet_confirm"),
    path("loi-moi/<str:token>", own.invitation, name="invitation"),
]
