"""Figures in words: what an indicator is called, what a number is of, what contradicts."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loa.insight.rules import Doubt, Finding, Span
from loa.insight.selectors import Table, Total
from loa.web import formats

if TYPE_CHECKING:
    from loa.insight.models import Published

NAMES = {
    "commune_stations": gettext_lazy("Xã có đài truyền thanh"),
    "ip_stations": gettext_lazy("Đài ứng dụng CNTT - viễn thông"),
    "commune_pages": gettext_lazy("Xã có trang thông tin điện tử"),
    "commune_boards": gettext_lazy("Xã có bảng tin điện tử công cộng"),
    "commune_zalo_oa": gettext_lazy("Xã có trang Zalo"),
    "propagandists": gettext_lazy("Tuyên truyền viên cơ sở"),
    "clusters": gettext_lazy("Cụm loa"),
    "loudspeakers": gettext_lazy("Loa, ở các cụm đã ghi số loa"),
    "hamlets_covered": gettext_lazy("Thôn, tổ dân phố có cụm loa"),
    "district_facilities": gettext_lazy("Cơ sở truyền thanh - truyền hình cấp huyện"),
    "district_facilities_merged": gettext_lazy("Cơ sở cấp huyện đã sáp nhập vào trung tâm"),
    "provincial_systems_connected": gettext_lazy("Hệ thống nguồn cấp tỉnh đã kết nối"),
    "conference_points": gettext_lazy("Điểm cầu hội nghị về Nghị định 49/2024"),
    "conference_delegates": gettext_lazy("Đại biểu dự hội nghị về Nghị định 49/2024"),
    "commended": gettext_lazy("Tập thể, cá nhân được khen"),
}


def name(code: str) -> str:
    return str(NAMES.get(code, code))


def published(figure: "Published | None") -> str:
    """A published figure, nothing added to what was said."""
    if figure is None:
        return _("chưa có")
    said = formats.number(figure.numerator)
    if figure.denominator is not None:
        said = _("%(part)s trên %(whole)s") % {
            "part": said,
            "whole": formats.number(figure.denominator),
        }
    if figure.percent:
        said = f"{said}, {share_written(figure.percent)}"
    return _("%(said)s, đến %(day)s") % {"said": said, "day": f"{figure.as_of:%d/%m/%Y}"}


def counted(total: Total | None, table: Table) -> str:
    """What this node counted, with the raw rows behind it and the communes that said something."""
    if total is None:
        return _("chưa ghi vào Loa")
    said = formats.number(total.value)
    if total.percent is not None:
        said = _("%(part)s trên %(whole)s, %(share)s") % {
            "part": said,
            "whole": formats.number(total.base),
            "share": f"{formats.number(total.percent, 1)} %",
        }
    return _("%(said)s; %(communes)s trên %(all)s xã có số, cộng từ %(rows)s dòng") % {
        "said": said,
        "rows": formats.number(total.rows),
        "communes": formats.number(total.communes),
        "all": formats.number(table.communes),
    }


def share_written(percent: str) -> str:
    """A percentage with the decimals it was published with."""
    places = len(percent.partition(".")[2])
    return f"{formats.number(float(percent), places)} %"


def finding(one: Finding) -> str:
    """A contradiction as a sentence."""
    first = name(one.codes[0])
    if one.doubt is Doubt.SHARE:
        return _("%(name)s: tỷ lệ công bố ứng với mẫu số %(span)s, không phải %(known)s.") % {
            "name": first,
            "span": _span(one.spans[0]),
            "known": formats.number(one.known or 0),
        }
    if one.doubt is Doubt.APART:
        return _(
            "%(name)s ứng với tổng số xã %(span)s, còn %(other)s ứng với %(second)s: hai tỷ lệ này "
            "không thể cùng một mẫu số."
        ) % {
            "name": first,
            "span": _span(one.spans[0]),
            "other": name(one.codes[1]),
            "second": _span(one.spans[1]),
        }
    if one.doubt is Doubt.WHOLE:
        return _(
            "%(name)s ứng với tổng số xã %(span)s, còn danh mục hành chính của ngày ấy có "
            "%(known)s xã."
        ) % {"name": first, "span": _span(one.spans[0]), "known": formats.number(one.known or 0)}
    return _("%(name)s lấy mẫu số %(span)s, còn %(other)s là %(known)s.") % {
        "name": first,
        "span": _span(one.spans[0]),
        "other": name(one.codes[1]),
        "known": formats.number(one.known or 0),
    }


def _span(span: Span) -> str:
    if span.low == span.high:
        return formats.number(span.low)
    return _("từ %(low)s đến %(high)s") % {
        "low": formats.number(span.low),
        "high": formats.number(span.high),
    }
