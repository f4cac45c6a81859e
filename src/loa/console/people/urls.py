"""The addresses of people, their roles and what is their own."""

from django.urls import path

from loa.console.people import my_account, person, staff

patterns = [
    path("them/tai-khoan", staff.page, name="staff"),
    path("them/tai-khoan/giao", staff.grant, name="grant"),
    path("them/tai-khoan/<uuid:role_id>/thoi", staff.end, name="role_end"),
    path("them/tai-khoan/quy-dinh", staff.office_rule, name="office_rule"),
    path("them/tai-khoan/<uuid:account_id>/", person.page, name="person"),
    path("them/tai-khoan/<uuid:account_id>/duong-dan", person.link, name="person_link"),
    path("them/tai-khoan/<uuid:account_id>/hai-buoc", person.factors, name="person_factors"),
    path("them/tai-khoan/<uuid:account_id>/roi-don-vi", person.leave, name="person_leave"),
    path("them/dien-thoai", my_account.phone, name="phone"),
    path("them/quyen", my_account.matrix, name="matrix"),
    path("them/nguoi-thay", my_account.stand_in, name="stand_in"),
    path("them/nguoi-thay/nhan-lai", my_account.take_back, name="take_back"),
    path("them/phien", my_account.session_list, name="sessions"),
    path("them/phien/thoat", my_account.session_end, name="session_end"),
    path("loi-moi/<str:token>", my_account.invitation, name="invitation"),
]
