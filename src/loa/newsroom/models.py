"""Bulletins, their versions and decisions."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from loa.lib.ids import new_id


class Category(models.TextChoices):
    """Essential information by NĐ 49/2024 art. 6; the last is QĐ 52/2016's, kept for practice."""

    POLICY = "a1", _("Chủ trương của Đảng, chính sách, pháp luật của Nhà nước")
    LOCAL_RULES = "a2", _("Quy định của địa phương")
    EVENTS = "a3", _("Sự kiện quan trọng của đất nước, địa phương")
    PROGRAMMES = "b1", _("Dự án, chương trình phát triển kinh tế - xã hội")
    KNOWLEDGE = "b2", _("Kiến thức kinh tế, văn hóa, xã hội, khoa học, công nghệ")
    SECURITY = "b3", _("An ninh, trật tự, quân sự địa phương")
    DISASTER = "b4", _("Thiên tai, cứu nạn, cháy nổ, dịch bệnh, tình huống khẩn cấp")
    EXAMPLES = "b5", _("Gương người tốt, việc tốt, điển hình tiên tiến")
    VIOLATIONS = "b6", _("Phòng, chống vi phạm pháp luật và hiện tượng tiêu cực")
    PRODUCTS = "b7", _("Sản phẩm, hàng hóa, dịch vụ ở địa phương")
    DIRECTION = "c1", _("Chỉ đạo, điều hành của chính quyền")


class BulletinClass(models.TextChoices):
    """TT 39/2020. Urgent is not here: it exists only as a signed order (protocol.md 3)."""

    NORMAL = "normal", _("thường")
    PRIORITY = "priority", _("ưu tiên")


class State(models.TextChoices):
    DRAFT = "draft", _("bản nháp")
    SUBMITTED = "submitted", _("chờ duyệt")
    APPROVED = "approved", _("đã duyệt")
    RETURNED = "returned", _("trả lại để sửa")
    WITHDRAWN = "withdrawn", _("đã thu hồi")


class Bulletin(models.Model):
    """One bulletin of one office. `edition` grows with every change and guards lost edits;
    `folded` is the newest version's title and beginning as they are searched."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.DRAFT)
    edition = models.PositiveIntegerField(default=1)
    author = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    approved_version = models.ForeignKey(
        "newsroom.Version", models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(db_index=True)
    simulated = models.BooleanField(default=False)
    folded = models.CharField(max_length=1000, blank=True)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="corrections")
    """The bulletin that this one takes the place of once it is approved."""
    goes_with = models.ForeignKey("self", models.PROTECT, null=True, related_name="companions")
    """The bulletin from above that this one introduces, or says in another language."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["place", "state", "-changed_at"], name="bulletin_place_state")
        ]

    def __str__(self) -> str:
        return str(self.id)


class Version(models.Model):
    """What the bulletin said at one edition. Never changed once written.

    `frame` holds what stood around the text of an imported document (`papers.FRAME_KEYS`) and is
    never spoken; `own_words` how this bulletin alone says a word.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    spoken = models.TextField(blank=True)
    category = models.CharField(max_length=2, choices=Category.choices)
    class_name = models.CharField(max_length=8, choices=BulletinClass.choices, default="normal")
    language = models.CharField(max_length=12, default="vi")
    issuer = models.CharField(max_length=120)
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    voice = models.CharField(max_length=40, blank=True)
    recording = models.ForeignKey("media.File", models.PROTECT, null=True, related_name="+")
    recording_words = models.CharField(max_length=16, blank=True)
    """Mark of title and text for which the recording was handed in (`rules.words_mark`)."""
    production = models.ForeignKey("media.Production", models.PROTECT, null=True, related_name="+")
    targets = models.JSONField(default=list)
    frame = models.JSONField(default=dict)
    own_words = models.JSONField(default=dict)
    author = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bulletin", "number"], name="version_number_once")
        ]

    def __str__(self) -> str:
        return self.title


class Picture(models.Model):
    """A picture that goes with a version, with the words for who cannot see it."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="pictures")
    file = models.ForeignKey("media.File", models.PROTECT, related_name="+")
    alt = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.alt


class Rendition(models.Model):
    """One form of a version (`renditions.Form`), stored when the version is approved. `sha256` is
    the hash of `content` that the approval names: what is sent is this and nothing else."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="renditions")
    form = models.CharField(max_length=20)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "form"], name="rendition_form_once")
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.sha256[:12]}"


class Decision(models.Model):
    """Somebody submitted, approved, returned or withdrew one version. An approval names the hash
    of each rendition (`renditions`: form to hex SHA-256)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bulletin = models.ForeignKey(Bulletin, models.CASCADE, related_name="decisions")
    version = models.ForeignKey(Version, models.CASCADE, related_name="decisions")
    made = models.CharField(max_length=9, choices=State.choices)
    by = models.ForeignKey("people.Account", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    renditions = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.made} {self.at}"


class DictionaryEntry(models.Model):
    """How a place says a word: "TDP" is read "tổ dân phố" in this commune."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("places.Place", models.CASCADE, related_name="+")
    written = models.CharField(max_length=80)
    spoken = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "written"], name="dictionary_word_once")
        ]

    def __str__(self) -> str:
        return f"{self.written} → {self.spoken}"


class WorkingCopy(models.Model):
    """What somebody is typing and has not saved: one sheet per person and page, kept in place.

    `sheet` is a bulletin's id or `new:<path>:<id of the page>`; `fields` are the form's own, word
    for word. It is no version and no fact: it is thrown away by the first saving.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("people.Account", models.CASCADE, related_name="+")
    sheet = models.CharField(max_length=60)
    edition = models.PositiveIntegerField(default=0)
    fields = models.JSONField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "sheet"], name="working_copy_once")
        ]

    def __str__(self) -> str:
        return self.sheet


class Bell(models.Model):
    """A browser that asked to be told when something waits for its approver (web push)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("people.Account", models.CASCADE, related_name="+")
    endpoint = models.CharField(max_length=500, unique=True)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=40)
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.account_id}"


class OfficeRule(models.Model):
    """What an office decided about its own newsroom. Without a row the defaults hold."""

    place = models.OneToOneField("places.Place", models.CASCADE, primary_key=True, related_name="+")
    author_may_approve = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.place}"


class ReceiverList(models.Model):
    """Communes that an office names together, such as those in the mountains by a decision of the
    government: the gazetteer itself does not know which these are.

    `paths` are standing communes inside the office's place. A commune that is not among them is one
    of which the document says nothing.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    place = models.ForeignKey("places.Place", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    document = models.CharField(max_length=120)
    document_date = models.DateField()
    paths = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["place", "name"], name="receiver_list_name_once")
        ]

    def __str__(self) -> str:
        return self.name
