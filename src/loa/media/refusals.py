"""The one way media is refused: a code for programs, a sentence for people."""

from __future__ import annotations


class MediaRefused(ValueError):
    """A file that is not taken, or sound that cannot be made from it.

    `code`: empty, too_large, not_audio, broken, joined, no_audio, too_long, too_short, silent,
    uneven, slow, no_room.
    `str()` is the sentence for people, in Vietnamese.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def too_long(limit_s: float) -> MediaRefused:
    """For a recording over the limit."""
    return MediaRefused(
        "too_long", f"Bản ghi dài quá {duration_words(limit_s)}. Hãy cắt ngắn rồi tải lên lại."
    )


def no_room() -> MediaRefused:
    """For a disk that is full."""
    return MediaRefused(
        "no_room",
        "Ổ đĩa của máy chủ đã đầy nên chưa làm được âm thanh. Hãy báo quản trị viên rồi thử lại.",
    )


def too_slow() -> MediaRefused:
    """For work that did not end within its limit of time."""
    return MediaRefused(
        "slow", "Máy chủ đang quá tải nên chưa làm xong âm thanh. Hãy thử lại sau ít phút."
    )


def broken() -> MediaRefused:
    """For a file that begins like sound and cannot be read."""
    return MediaRefused(
        "broken", "Tệp âm thanh bị hỏng nên không đọc được. Hãy xuất lại tệp rồi tải lên."
    )


def duration_words(seconds: float) -> str:
    """`7200` -> `2 giờ`, `440` -> `7 phút 20 giây`."""
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    parts = ((hours, "giờ"), (minutes, "phút"), (left, "giây"))
    return " ".join(f"{number} {name}" for number, name in parts if number) or "0 giây"


def too_short() -> MediaRefused:
    """For a recording of less than a syllable."""
    return MediaRefused("too_short", "Bản ghi quá ngắn, không nghe được gì. Hãy ghi lại.")
