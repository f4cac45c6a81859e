"""Our proposal, in Vietnamese names, until an official annex is published. Not official.

It can fill every field that a mapping was asked to be able to fill. The category codes are those of
essential information under NĐ 49/2024, article 6, as the newsroom keeps them.
"""

from loa.exchange.profile import Names, Profile

_STATUS = {"online": "hoat_dong", "offline": "mat_ket_noi", "fault": "loi", "unknown": "chua_ro"}

PROPOSAL_1 = Profile(
    name="loa-de-xuat-1",
    namespace="urn:loa:trao-doi:de-xuat-1",
    title="Đề xuất 1 của Loa",
    official=False,
    names={
        "message": Names(
            element="GoiTin",
            fields={
                "id": "maGoiTin",
                "sender": "maHeThongGui",
                "receiver": "maHeThongNhan",
                "sent_at": "thoiGianGui",
                "records": "noiDung",
            },
        ),
        "media": Names(
            element="TepTin",
            fields={
                "url": "duongDan",
                "sha256": "maBamSha256",
                "kind": "loai",
                "bytes": "dungLuong",
                "seconds": "thoiLuongGiay",
            },
            codes={
                "kind": {
                    "audio": "am_thanh",
                    "image": "hinh_anh",
                    "video": "video",
                    "document": "van_ban",
                }
            },
        ),
        "bulletin": Names(
            element="BanTin",
            fields={
                "id": "maBanTin",
                "source_system": "maHeThongNguon",
                "issuer": "coQuanBanHanh",
                "title": "tieuDe",
                "summary": "tomTat",
                "text": "noiDungVanBan",
                "category": "maLinhVuc",
                "level": "mucDo",
                "language": "ngonNgu",
                "media": "tepTin",
                "areas": "maDiaBan",
                "channels": "loaiPhuongTien",
                "valid_from": "hieuLucTu",
                "valid_until": "hieuLucDen",
                "times": "thoiDiemDeNghiPhat",
                "repeats": "soLanPhat",
                "approved_at": "thoiGianDuyet",
                "version": "phienBan",
                "recalled": "thuHoi",
            },
            codes={"level": {"normal": "thuong", "priority": "uu_tien", "urgent": "khan_cap"}},
        ),
        "air_report": Names(
            element="BaoCaoPhat",
            fields={
                "bulletin": "maBanTin",
                "station": "maDai",
                "device": "maThietBi",
                "planned_at": "thoiGianDuKien",
                "started_at": "thoiGianBatDau",
                "ended_at": "thoiGianKetThuc",
                "result": "ketQua",
                "reason": "lyDo",
                "volume": "amLuong",
                "evidence": "bangChung",
                "received_at": "thoiGianNhan",
            },
            codes={
                "result": {
                    "completed": "hoan_thanh",
                    "partial": "mot_phan",
                    "failed": "that_bai",
                    "skipped": "bo_qua",
                },
                "evidence": {
                    "measured_at_horn": "do_tai_loa",
                    "measured_by_player": "do_tai_bo_phat",
                    "other_system": "he_thong_khac",
                    "person": "nguoi_xac_nhan",
                    "none": "khong_co",
                },
            },
        ),
        "acknowledgement": Names(
            element="XacNhan",
            fields={
                "message": "maGoiTin",
                "accepted": "chapNhan",
                "error": "maLoi",
                "at": "thoiGian",
            },
        ),
        "station": Names(
            element="DaiTruyenThanh",
            fields={
                "id": "maDai",
                "commune": "maXa",
                "name": "tenDai",
                "technology": "congNghe",
                "decision": "quyetDinhThanhLap",
                "operator": "donViVanHanh",
                "clusters": "soCumLoa",
                "speakers": "soLoa",
                "status": "tinhTrang",
                "staff": "soNhanSu",
            },
            codes={
                "technology": {
                    "wired": "co_day",
                    "fm": "fm",
                    "ip": "cntt_vt",
                    "mixed": "ket_hop",
                },
                "status": {
                    "working": "hoat_dong",
                    "silent": "khong_hoat_dong",
                    "closed": "da_dong",
                },
            },
        ),
        "device": Names(
            element="CumLoa",
            fields={
                "id": "maThietBi",
                "station": "maDai",
                "commune": "maXa",
                "hamlet": "thonToDanPho",
                "latitude": "viDo",
                "longitude": "kinhDo",
                "vendor": "hangSanXuat",
                "serial": "soMay",
                "firmware": "phienBanPhanMem",
                "speakers": "soLoa",
                "status": "tinhTrang",
                "last_seen": "lanCuoiKetNoi",
                "installed_at": "ngayLapDat",
            },
            codes={"status": _STATUS | {"playing": "dang_phat", "maintenance": "bao_tri"}},
        ),
        "board": Names(
            element="BangTinDienTu",
            fields={
                "id": "maBangTin",
                "commune": "maXa",
                "owner": "coQuanQuanLy",
                "level": "cap",
                "square_metres": "dienTichM2",
                "kind": "loai",
                "location": "viTri",
                "connected": "daKetNoi",
                "status": "tinhTrang",
            },
            codes={
                "level": {
                    "centre": "trung_uong",
                    "province": "tinh",
                    "commune": "xa",
                    "hamlet": "thon",
                },
                "status": _STATUS,
            },
        ),
        "page": Names(
            element="TrangThongTin",
            fields={
                "url": "duongDan",
                "commune": "maXa",
                "kind": "loai",
                "owner": "coQuanQuanLy",
                "followers": "soNguoiTheoDoi",
                "posts": "soBaiDang",
                "period": "ky",
            },
            codes={"kind": {"web": "trang_tin", "zalo_oa": "zalo_oa", "social": "mang_xa_hoi"}},
        ),
        "propagandist": Names(
            element="TuyenTruyenVien",
            fields={
                "person": "maNguoi",
                "commune": "maXa",
                "hamlet": "thonToDanPho",
                "role": "vaiTro",
                "decision": "quyetDinhCongNhan",
                "languages": "ngonNgu",
                "trained_at": "ngayTapHuan",
            },
        ),
        "case": Names(
            element="PhanAnh",
            fields={
                "id": "maPhanAnh",
                "channel": "kenhTiepNhan",
                "identity": "mucDinhDanh",
                "area": "maDiaBan",
                "category": "maLinhVuc",
                "text": "noiDungPhanAnh",
                "received_at": "thoiGianTiepNhan",
                "assigned_to": "donViXuLy",
                "transfers": "soLanChuyen",
                "due_at": "hanXuLy",
                "status": "trangThai",
                "answer": "traLoi",
                "published_at": "noiCongKhai",
                "satisfaction": "mucHaiLong",
            },
            codes={
                "identity": {
                    "anonymous": "an_danh",
                    "declared": "tu_khai",
                    "verified": "vneid",
                },
                "status": {
                    "new": "moi",
                    "assigned": "dang_xu_ly",
                    "answered": "da_tra_loi",
                    "closed": "da_dong",
                    "wrong_channel": "sai_kenh",
                },
            },
        ),
        "directive": Names(
            element="VanBanChiDao",
            fields={
                "number": "soKyHieu",
                "issued_on": "ngayBanHanh",
                "issuer": "coQuanBanHanh",
                "subject": "trichYeu",
                "file": "tepTin",
                "deadline": "hanThucHien",
                "read_at": "thoiGianDoc",
                "acted_at": "thoiGianThucHien",
            },
        ),
        "indicator_value": Names(
            element="SoLieuChiTieu",
            fields={
                "indicator": "maChiTieu",
                "area": "maDiaBan",
                "period": "kyBaoCao",
                "as_of": "tinhDenNgay",
                "value": "giaTri",
                "denominator": "mauSo",
                "submitted_at": "thoiGianGuiBaoCao",
                "status": "trangThai",
            },
            codes={
                "status": {
                    "draft": "du_thao",
                    "submitted": "da_gui",
                    "returned": "tra_lai",
                    "accepted": "da_nhan",
                }
            },
        ),
        "incident": Names(
            element="SuCo",
            fields={
                "id": "maSuCo",
                "subject": "maDoiTuong",
                "commune": "maXa",
                "kind": "loai",
                "opened_at": "thoiGianBatDau",
                "closed_at": "thoiGianKetThuc",
                "cause": "nguyenNhan",
            },
        ),
    },
)
