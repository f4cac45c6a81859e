"""The addresses of bulletins: written, approved, put on air."""

from django.urls import path

from loa.console.bulletins import (
    approval,
    bulletin,
    live_questions,
    resumable,
    writing,
    writing_help,
)

patterns = [
    path("soan/", writing.index, name="write"),
    path("soan/moi", writing.new, name="new"),
    path("soan/noi-nhan", writing_help.find_places, name="find_places"),
    path("soan/doc", writing_help.read_aloud, name="read_aloud"),
    path("soan/nghe", writing_help.hear, name="hear"),
    path("soan/cau/<str:ticket>", writing_help.sentence_file, name="sentence"),
    path("soan/tu-luu", writing_help.keep, name="keep"),
    path("soan/tai-len", resumable.begin, name="upload_begin"),
    path("soan/tai-len/<str:name>", resumable.piece, name="upload"),
    path("soan/tai-len/<str:name>/ghi-am", resumable.recording, name="upload_recording"),
    path("soan/tai-len/<str:name>/anh", resumable.picture, name="upload_picture"),
    path("soan/ban-ghi/<str:ticket>", resumable.recording_file, name="recording_file"),
    path("soan/<uuid:bulletin_id>/", writing.edit, name="edit"),
    path("duyet/", approval.index, name="approval"),
    path("duyet/bao", approval.bell, name="bell"),
    path("duyet/<uuid:bulletin_id>/", approval.page, name="approve"),
    path("tin/<uuid:bulletin_id>/", bulletin.page, name="bulletin"),
    path("tin/<uuid:bulletin_id>/kenh", bulletin.reach, name="bulletin_reach"),
    path("tin/<uuid:bulletin_id>/lich-su", bulletin.history, name="history"),
    path("tin/<uuid:bulletin_id>/am-thanh", bulletin.sound, name="sound"),
    path("tin/<uuid:bulletin_id>/nghe/<str:kind>", bulletin.sound_file, name="sound_file"),
    path("tin/<uuid:bulletin_id>/anh/<int:position>", bulletin.picture, name="picture"),
    path("tin/<uuid:bulletin_id>/dinh-chinh", bulletin.correct, name="correct"),
    path("tin/<uuid:bulletin_id>/loi-xa", bulletin.accompany, name="accompany"),
    path("tin/<uuid:bulletin_id>/thu-hoi", bulletin.withdraw, name="withdraw"),
    path("tin/<uuid:bulletin_id>/len-lich", bulletin.put_on_air, name="put_on_air"),
    path("chung-nhan/<uuid:play_id>", bulletin.receipt, name="receipt"),
    path("lien-thong/tra-loi", live_questions.permit, name="link_permit"),
    path("tin/<uuid:bulletin_id>/hoi-tinh", live_questions.ask, name="question_ask"),
    path(
        "tin/<uuid:bulletin_id>/hoi-tinh/<uuid:question_id>/", live_questions.page, name="question"
    ),
]
