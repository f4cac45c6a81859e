"""`loa keys ceremony`: the offline root in one sitting, with papers to print.

Every holder types a passphrase of their own; nobody ever has two keys open. What comes out: a key
file for each holder, the root, the delegations that were asked for, and for each holder a sheet to
print and lock away. Nothing here needs a network or a database.
"""

import argparse
import json
import textwrap
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from loa.lib import clock
from loa.people import ceremony
from loa_protocol.envelope import Envelope
from loa_protocol.keys import SigningKey
from loa_protocol.payloads import Subject

HOLDERS = 3
THRESHOLD = 2

Passphrase = Callable[[str], str | None]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """The command's own arguments."""
    parser = commands.add_parser(
        "ceremony",
        help="root of three holders, papers for nodes and registrars, sheets to print",
    )
    parser.add_argument("--out", type=Path, required=True, help="a new folder, best on a new stick")
    parser.add_argument("--holders", nargs=HOLDERS, required=True, metavar="NAME")
    parser.add_argument(
        "--subject",
        nargs="*",
        default=[],
        metavar="LINE",
        help="lines of `loa node init` and `loa keys subject`: whom the root delegates to",
    )
    return parser


def hold(chosen: argparse.Namespace, passphrase: Passphrase) -> None:
    """The whole ceremony. Raises FileExistsError where a folder of this name has files in it."""
    out: Path = chosen.out
    out.mkdir(parents=True, mode=0o700, exist_ok=False)
    if len(set(chosen.holders)) != HOLDERS:
        raise ValueError("ba người giữ phải là ba người khác nhau")
    asked = [json.loads(line) for line in chosen.subject]
    now = clock.now()
    keys = {}
    for name in chosen.holders:
        key = SigningKey.generate()
        key.save(out / f"{name}.pem", passphrase=passphrase(name))
        keys[name] = key
    root = ceremony.make_root(holders=keys, threshold=THRESHOLD, demo=False, now=now)
    (out / "root.json").write_bytes(root.to_bytes())
    signers = list(keys.items())[:THRESHOLD]
    for one in asked:
        subject = Subject.model_validate(one["subject"])
        paper = ceremony.delegate_by_root(
            signers=[key for _, key in signers],
            holder=signers[0][0],
            subject=subject,
            path=one["path"],
            now=now,
        )
        (out / f"{subject.type}-{subject.id}.json").write_bytes(paper.to_bytes())
    for name in chosen.holders:
        sheet = sheet_of(name, out / f"{name}.pem", keys[name], root, now)
        (out / f"to-in-{name}.txt").write_text(sheet, encoding="utf-8")
    print(f"Mã gốc tin cậy: {grouped(root.id)}")
    print(f"Đã ghi vào {out}. In các tờ to-in-*.txt, mỗi người giữ một tờ và một tệp khóa.")


def sheet_of(name: str, file: Path, key: SigningKey, root: Envelope, now: datetime) -> str:
    """One holder's sheet: what it is, the root's hash to compare, and the key under its passphrase,
    to be typed in again if every stick is lost."""
    day = clock.local(now)
    return textwrap.dedent(
        f"""\
        LOA - TỜ GIỮ GỐC TIN CẬY
        ========================

        Người giữ:        {name}
        Ngày lập:         {day:%d/%m/%Y %H:%M}
        Mã khóa:          {key.kid}
        Cần {THRESHOLD} trong {HOLDERS} người giữ cùng ký thì gốc mới ủy quyền được.

        Mã gốc tin cậy (so từng nhóm với tệp ghép của mỗi cụm loa):

        {{hash}}

        Khóa của người giữ, đã khóa bằng mật khẩu. Mật khẩu không ghi ở đây.
        Gõ lại thành tệp {name}.pem nếu mất tệp:

        {{pem}}
        Giữ tờ này trong két hoặc phong bì niêm phong, tách khỏi hai tờ kia.
        Mất tờ và tệp: báo hai người giữ còn lại để lập gốc mới bằng khóa của họ.

        Ký tên: ______________________      Người chứng kiến: ______________________
        """
    ).format(hash=lines_of(root.id), pem=file.read_text())


def grouped(text: str) -> str:
    """In groups of four, as one reads a long number aloud."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def lines_of(text: str) -> str:
    """Groups of four, eight to a line."""
    groups = grouped(text).split()
    return "\n".join(" ".join(groups[at : at + 8]) for at in range(0, len(groups), 8))
