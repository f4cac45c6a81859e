"""Addresses of directives and reports."""

from django.urls import path

from loa.console.tasks import directives, reports

patterns = [
    path("chi-dao/", directives.index, name="tasks"),
    path("chi-dao/van-ban/moi", directives.directive_new, name="directive_new"),
    path("chi-dao/van-ban/<uuid:directive_id>/", directives.directive, name="directive"),
    path("chi-dao/van-ban/<uuid:directive_id>/lam", directives.directive_act, name="directive_act"),
    path(
        "chi-dao/van-ban/<uuid:directive_id>/tep", directives.directive_file, name="directive_file"
    ),
    path("chi-dao/bao-cao/moi", reports.new, name="report_new"),
    path("chi-dao/bao-cao/<uuid:type_id>/", reports.report_type, name="report_type"),
    path("chi-dao/bao-cao/<uuid:type_id>/thoi", reports.end, name="report_end"),
    path(
        "chi-dao/bao-cao/<uuid:type_id>/<str:period>/<str:place>/",
        reports.report,
        name="report",
    ),
    path(
        "chi-dao/bao-cao/<uuid:type_id>/<str:period>/<str:place>/quyet-dinh",
        reports.decide,
        name="report_decide",
    ),
]
