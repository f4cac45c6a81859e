"""Directives with their marks, report types with their reports."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id


class Whom(models.TextChoices):
    """Which offices inside the targets are meant."""

    COMMUNE = "commune", _("các xã")
    PROVINCE = "province", _("các tỉnh")


class Directive(models.Model):
    """A numbered document of an office for offices below it. `due` is the last day to act."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    office = models.CharField(max_length=24)
    number = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    signed_on = models.DateField()
    due = models.DateField(null=True)
    whom = models.CharField(max_length=8, choices=Whom.choices)
    targets = models.JSONField()
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_bytes = models.PositiveIntegerField(default=0)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_index=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["office", "number"], name="directive_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Mark(models.Model):
    """What one office did with a directive. `by` is empty where another node says so."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    directive = models.ForeignKey(Directive, models.CASCADE, related_name="marks")
    place = models.CharField(max_length=24)
    read_at = models.DateTimeField()
    acted_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["directive", "place"], name="mark_once")
        ]

    def __str__(self) -> str:
        return f"{self.directive_id} {self.place}"


class Frequency(models.TextChoices):
    ONCE = "once", _("một lần")
    MONTH = "month", _("hằng tháng")
    QUARTER = "quarter", _("hằng quý")
    YEAR = "year", _("hằng năm")


class ReportType(models.Model):
    """What is to be reported (TT 02/2023): name, content, who, to whom, how often, cut-off of the
    data, due date, form. `cut_off` and `due` are those of the first period, the later ones follow.

    `form` is a list of {"key", "label", "kind": number or text, "indicator"}.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    office = models.CharField(max_length=24)
    name = models.CharField(max_length=200)
    content = models.TextField(blank=True)
    whom = models.CharField(max_length=8, choices=Whom.choices)
    targets = models.JSONField()
    frequency = models.CharField(max_length=8, choices=Frequency.choices)
    cut_off = models.DateField()
    due = models.DateField()
    form = models.JSONField()
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField(db_index=True)
    ended_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name


class ReportState(models.TextChoices):
    DRAFT = "draft", _("đang điền")
    SUBMITTED = "submitted", _("đã nộp")
    RETURNED = "returned", _("bị trả lại")
    ACCEPTED = "accepted", _("đã nhận")


class Report(models.Model):
    """One office's report of one period, named by its cut-off. `times` counts submissions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    type = models.ForeignKey(ReportType, models.CASCADE, related_name="reports")
    place = models.CharField(max_length=24)
    period = models.DateField()
    values = models.JSONField()
    state = models.CharField(max_length=9, choices=ReportState.choices, default="draft")
    reason = models.CharField(max_length=300, blank=True)
    times = models.PositiveSmallIntegerField(default=0)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["type", "place", "period"], name="report_once")
        ]

    def __str__(self) -> str:
        return f"{self.type_id} {self.place} {self.period}"
