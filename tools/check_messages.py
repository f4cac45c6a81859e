"""The message catalogues: English complete, both compiled, nothing forgotten.

    check_messages.py           exits 1 and says what is wrong
    check_messages.py --write   gathers the texts (needs GNU gettext) and compiles the catalogues

Vietnamese is the language of the sources, English a catalogue of all their texts. The Vietnamese
catalogue is kept by hand: it translates the libraries whose pages we show and that speak none.
Whether the sources hold a text that English lacks can only be told with GNU gettext; without it
that part is left out, loudly, and in CI its lack is a failure.
"""

import gettext
import os
import re
import shutil
import sys
import tempfile
from ast import literal_eval
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")

SRC = Path(__file__).resolve().parent.parent / "src"
LOA = SRC / "loa"
LAB = SRC / "loa_lab" / "demo"
CATALOGUES = ((LOA, ("en", "vi")), (LAB, ("en",)))
"""Each folder with a catalogue of its own, and the languages that it holds."""
SENTENCES = (
    "BulletinRefused",
    "CommandRefused",
    "EnrolRefused:2",
    "ScheduleRefused",
    "OutletError",
    "FiguresRefused",
    "PeopleError",
    "SheetRefused",
    "ChannelRefused",
    "MemberRefused",
    "InboundRefused",
    "MessageFailed:2",
    "OutletFailed:2",
    "AccountFailed:2",
    "SteeringRefused",
    "PlaceError",
    "ReformRefused:2",
    "Sentence",
)
"""What services raise with a sentence for the asker: the texts in these calls are gathered too."""

NO_TEXT = re.compile(r'^msgid "(?:row|count|text|reason| |[^"]*\{.*)"$', re.MULTILINE)
"""Names of values that stand in the same calls, and sentences with values already in them: those
are said in Vietnamese only."""

Entries = dict[str, list[str]]


def read_po(path: Path) -> Entries:
    """A catalogue's texts and their translations; fuzzy ones count as missing."""
    entries: Entries = {}
    for block in re.split(r"\n{2,}", path.read_text(encoding="utf-8")):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        fields: dict[str, str] = {}
        name = ""
        for line in lines:
            found = re.match(r'(msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")$', line)
            if found:
                name = found[1]
                fields[name] = literal_eval(found[2])
            elif line.startswith('"') and name:
                fields[name] += literal_eval(line)
        if fields.get("msgid"):
            said = [text for key, text in sorted(fields.items()) if key.startswith("msgstr")]
            entries[fields["msgid"]] = [""] if fuzzy else said
    return entries


def compiled(path: Path) -> dict[str, str]:
    """What the compiled catalogue says for every text it holds (plurals by their first form)."""
    with path.open("rb") as file:
        catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # no other way in
    said: dict[str, str] = {}
    for key, text in catalogue.items():
        if isinstance(key, tuple):
            if key[1] == 0:
                said[key[0]] = text
        elif key:
            said[key] = text
    return said


def gather(root: Path) -> None:
    """Bring the English catalogue under `root` up to the sources there."""
    import django
    from django.core.management.commands import makemessages

    django.setup()

    class Gather(makemessages.Command):
        xgettext_options = [  # noqa: RUF012  Django's own way of setting them
            *makemessages.Command.xgettext_options,
            *(f"--keyword={name}" for name in SENTENCES),
        ]
        msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]  # noqa: RUF012

    here = Path.cwd()
    os.chdir(root)
    try:
        from django.core.management import call_command

        call_command(
            Gather(), locale=["en"], no_location=True, no_obsolete=True, no_wrap=True, verbosity=0
        )
    finally:
        os.chdir(here)
    _tidy(root / "locale" / "en" / "LC_MESSAGES" / "django.po")


def _tidy(path: Path) -> None:
    """Leave out the date of gathering, which says nothing, and what is no text."""
    text = re.sub(r'"POT-Creation-Date:.*\n', "", path.read_text(encoding="utf-8"))
    kept = [block for block in re.split(r"\n{2,}", text) if not NO_TEXT.search(block)]
    path.write_text("\n\n".join(kept).rstrip() + "\n", encoding="utf-8")


def compile_all() -> None:
    """Compile every catalogue with msgfmt."""
    from django.core.management import call_command

    here = Path.cwd()
    for folder, _ in CATALOGUES:
        os.chdir(folder)
        try:
            call_command("compilemessages", verbosity=0)
        finally:
            os.chdir(here)


def problems() -> list[str]:
    """Everything that is wrong, a line each."""
    found: list[str] = []
    for root, language in ((root, one) for root, languages in CATALOGUES for one in languages):
        folder = root / "locale" / language / "LC_MESSAGES"
        entries = read_po(folder / "django.po")
        found += [
            f"{language}: not translated: {text!r}"
            for text, said in entries.items()
            if not all(said)
        ]
        wanted = {text: said[0] for text, said in entries.items()}
        if not (folder / "django.mo").exists() or compiled(folder / "django.mo") != wanted:
            found.append(f"{language}: django.mo is not what django.po says")
    return found + [line for root, _ in CATALOGUES for line in forgotten(root)]


def forgotten(root: Path) -> list[str]:
    """Texts of the sources under `root` that its catalogue lacks, and the other way round."""
    if shutil.which("xgettext") is None:
        if os.environ.get("CI") == "true":
            return ["GNU gettext is not here: apt-get install gettext"]
        print("messages: GNU gettext is not here, new texts are not looked for", file=sys.stderr)
        return []
    known = read_po(root / "locale" / "en" / "LC_MESSAGES" / "django.po")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / root.name
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns("static", "__pycache__", "data"))
        gather(copy)
        now = read_po(copy / "locale" / "en" / "LC_MESSAGES" / "django.po")
    return [
        *(f"en: new text: {text!r}" for text in now.keys() - known.keys()),
        *(f"en: text no longer used: {text!r}" for text in known.keys() - now.keys()),
    ]


def main(argv: list[str]) -> int:
    if argv == ["--write"]:
        if shutil.which("xgettext") is None:
            print("GNU gettext is not here: apt-get install gettext", file=sys.stderr)
            return 1
        for root, _ in CATALOGUES:
            gather(root)
        compile_all()
    elif argv:
        print(__doc__, file=sys.stderr)
        return 2
    wrong = problems()
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        print("Mend with: make messages", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
