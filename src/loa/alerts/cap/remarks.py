"""What a person must look at in a CAP message before signing."""

from enum import StrEnum

from loa.lib.sentences import Sentence


class Remark(StrEnum):
    """The names of remarks. Each has its sentence in `SAID`; those `FOR_PERSONS` never fill a
    template."""

    DRILL_WORDS = "drill_words"
    EVENT_DISAGREES = "event_disagrees"
    LONG_LIFE = "long_life"
    ALL_CLEAR = "all_clear"
    ENDS_FIRST = "ends_before_onset"
    RING_CROSSES = "ring_crosses"


FOR_PERSONS = frozenset(
    {Remark.DRILL_WORDS, Remark.EVENT_DISAGREES, Remark.LONG_LIFE, Remark.ALL_CLEAR}
)

SAID: dict[Remark, Sentence] = {
    Remark.DRILL_WORDS: Sentence(
        "Bản tin ghi là thật nhưng trong lời có nói diễn tập, thử nghiệm. Gọi điện hỏi nơi gửi"
        " trước khi ký."
    ),
    Remark.EVENT_DISAGREES: Sentence(
        "Tên sự kiện và mã sự kiện trong bản tin nói hai việc khác nhau. Gọi điện hỏi nơi gửi."
    ),
    Remark.LONG_LIFE: Sentence(
        "Bản tin có hiệu lực quá 72 giờ. Lệnh có hiệu lực nhiều nhất 72 giờ; còn nguy hiểm thì"
        " soạn lệnh mới."
    ),
    Remark.ALL_CLEAR: Sentence("Bản tin báo đã hết nguy hiểm, không phải cảnh báo mới."),
    Remark.ENDS_FIRST: Sentence(
        "Bản tin hết hiệu lực trước lúc sự việc bắt đầu: nơi gửi sẽ có bản tin mới."
    ),
    Remark.RING_CROSSES: Sentence(
        "Đường bao khu vực tự cắt hoặc vẽ hai vòng. Đã lấy mọi xã nằm trong; xem lại danh sách nơi."
    ),
}
