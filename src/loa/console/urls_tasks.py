"""Addresses of directives and reports."""

from django.urls import path

from loa.console import reporting, tasks

patterns = [
    path("chi-dao/", tasks.index, name="tasks"),
    path("chi-dao/van-ban/moi", tasks.directive_new, name="directive_new"),
    path("chi-dao/van-ban/<uuid:directive_id>/", tasks.directive, name="directive"),
    path("chi-dao/van-ban/<uuid:directive_id>/lam", tasks.directive_act, name="directive_act"),
    path("chi-dao/van-ban/<uuid:directive_id>/tep", tasks.directive_file, name="directive_file"),
    path("chi-dao/bao-cao/moi", reporting.new, name="report_new"),
    path("chi-dao/bao-cao/<uuid:type_id>/", reporting.report_type, name="report_type"),
    path("chi-dao/bao-cao/<uuid:type_id>/thoi", reporting.end, name="report_end"),
    path(
        "chi-dao/bao-cao/<uuid:type_id>/<str:period>/<str:place>/",
        reporting.report,
        name="report",
    ),
    path(
        "chi-dao/bao-cao/<uuid:type_id>/<str:period>/<str:place>/quyet-dinh",
        reporting.decide,
        name="report_decide",
    ),
]
