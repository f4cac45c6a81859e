"""Made-up bulletins of the demo's past month. Every row carries `simulated`, and pages say so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from loa.newsroom import rules
from loa.newsroom.models import Bulletin, State, Version


@dataclass(frozen=True, slots=True)
class Story:
    """One notice as a commune might have written it."""

    title: str
    body: str
    category: str


STORIES = (
    Story("Lịch tiêm chủng mở rộng", "Trạm Y tế xã tổ chức tiêm từ 7 giờ 30.", "b2"),
    Story("Tạm ngừng cấp nước", "Trạm cấp nước sửa đường ống, nước về lúc 11 giờ.", "c1"),
    Story("Thu gom rác thải", "Bà con phân loại rác thành ba nhóm tại nguồn.", "c1"),
    Story("Phòng cháy chữa cháy rừng", "Không đốt nương khi có gió lớn.", "b4"),
    Story("Đối thoại với nhân dân", "Lãnh đạo xã đối thoại tại nhà văn hóa.", "a2"),
    Story("Gương người tốt", "Anh Hùng trả lại ví rơi cho người mất.", "b5"),
    Story("Cảnh báo lừa đảo qua điện thoại", "Không cung cấp mã xác thực cho người lạ.", "b3"),
    Story("Vay vốn sản xuất", "Ngân hàng Chính sách xã hội giao dịch tại xã.", "b1"),
)


def simulate_bulletins(
    *, place_id: UUID, issuer: str, until: datetime, days: int
) -> list[tuple[UUID, datetime]]:
    """One approved bulletin a day before `until`; returns (bulletin, when it aired)."""
    made: list[tuple[UUID, datetime]] = []
    bulletins, versions = [], []
    for day in range(days, 0, -1):
        story = STORIES[day % len(STORIES)]
        aired = (until - timedelta(days=day)).replace(hour=10, minute=0, second=0, microsecond=0)
        written = aired - timedelta(hours=20)
        bulletin = Bulletin(
            place_id=place_id,
            state=State.APPROVED,
            created_at=written,
            changed_at=written + timedelta(hours=1),
            simulated=True,
            folded=rules.search_text(story.title, story.body),
        )
        bulletins.append(bulletin)
        versions.append(
            Version(
                bulletin=bulletin,
                number=1,
                title=story.title,
                body=story.body,
                spoken=f"{story.title}. {story.body}",
                category=story.category,
                issuer=issuer,
                voice="espeak",
                written_at=written,
            )
        )
        made.append((bulletin.pk, aired))
    Bulletin.objects.bulk_create(bulletins)
    Version.objects.bulk_create(versions)
    for bulletin, version in zip(bulletins, versions, strict=True):
        bulletin.approved_version = version
    Bulletin.objects.bulk_update(bulletins, ["approved_version"])
    return made
