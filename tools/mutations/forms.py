"""Section 1 to 3: bytes, keys, names, fields."""

from tools.mutations.mutation import in_file

ENCODING = in_file(
    "loa_protocol/encoding.py",
    (
        "no padding in base64url",
        "if raw.translate(None, _BASE64URL):",
        'text = text.rstrip("="); raw = text.encode()\n    if raw.translate(None, _BASE64URL):',
    ),
    ("base64url is canonical", "if rest and text[-1] not in _LAST_CHARACTERS[rest]:", "if False:"),
    (
        "no byte order mark",
        'if text.startswith("\\ufeff"):\n        raise ValueError("byte order mark")',
        'text = text.removeprefix("\\ufeff")',
    ),
    ("no duplicate key", "if len(value) != len(pairs):", "if False:"),
    ("depth 16", "MAX_DEPTH = 16", "MAX_DEPTH = 17"),
    ("integers to 2^53-1", "if len(text) > 15 and abs(value) > MAX_INTEGER:", "if False:"),
    ("no -0", 'if len(text) > 17 or text == "-0":', "if len(text) > 17:"),
    (
        "no fraction, no exponent",
        "    parse_float=_no_fraction,\n",
        "    parse_float=lambda t: int(float(t)),\n",
    ),
    ("no lone surrogate", 'if "\\\\u" in text:', "if False:"),
)

ENVELOPE = in_file(
    "loa_protocol/envelope.py",
    ("envelope at most 512 KiB", "if len(data) > ENVELOPE_MAX_BYTES:", "if False:"),
    ("version 1 alone", "if version != 1:", "if False:"),
    ("exactly five fields", "if value.keys() != _FIELDS:", "if not value.keys() >= _FIELDS:"),
    ("payload's size by kind", "if len(payload) > RULES[kind].max_bytes:", "if False:"),
    ("16 members in a chain", "if len(chain) > CHAIN_MAX:", "if False:"),
    ("32 KiB of payloads in a chain", "if size > CHAIN_MAX_BYTES:", "if False:"),
    (
        "only root and delegation in a chain",
        'if kind not in CHAIN_KINDS or value["chain"] != []:',
        'if value["chain"] != []:',
    ),
    (
        "no chain in a chain",
        'if kind not in CHAIN_KINDS or value["chain"] != []:',
        "if kind not in CHAIN_KINDS:",
    ),
    ("8 signatures", "    if len(value) > SIGNATURES_MAX:", "    if False:"),
    ("a kid once", 'if item["kid"] in sigs:', "if False:"),
    (
        "kind in the signing input",
        'return b"loa/v1/" + kind.encode() + b"\\x00" + payload',
        'return b"loa/v1/" + (b"alert" if kind == "drill" else kind.encode()) + b"\\x00" + payload',
    ),
)

KEYS = in_file(
    "loa_protocol/keys.py",
    ("no key of small order", "if y >= _P or y in _SMALL_ORDER_Y:", "if y >= _P:"),
    (
        "a signature must be right",
        "        except InvalidSignature:\n            return False",
        "        except InvalidSignature:\n            return True",
    ),
)

FIELDS = (
    *in_file(
        "loa_protocol/payloads/common.py",
        ("issued before expires", "if self.issued >= self.expires:", "if False:"),
        ("targets are distinct", "if len(set(target)) != len(target):", "if False:"),
        ("a target has its form", "if form.fullmatch(item) is None:", "if False:"),
        (
            "one sort of issuer",
            "if [self.person, self.node, self.outlet, self.root].count(None) != 3:",
            "if False:",
        ),
        (
            "at least one target",
            "Field(min_length=1, max_length=TARGETS_MAX)]\n    issued",
            "Field(max_length=TARGETS_MAX)]\n    issued",
        ),
    ),
    *in_file(
        "loa_protocol/payloads/orders.py",
        ("speak_at 3 s after issued at least", "SPEAK_AFTER_MIN_S = 3", "SPEAK_AFTER_MIN_S = 0"),
        ("speak_at 60 s after issued at most", "SPEAK_AFTER_MAX_S = 60", "SPEAK_AFTER_MAX_S = 600"),
        ("every_s a minute at least", "EVERY_MIN_S = 60", "EVERY_MIN_S = 1"),
        ("a mute of ten minutes", "MUTE_MAX_S = 600", "MUTE_MAX_S = 6000"),
        ("a drill has no siren", "if self.siren is not None:", "if False:"),
        (
            "an unknown word of do is refused",
            '    do: Literal[\n        "volume",',
            '    do: str | Literal[\n        "volume",',
        ),
        (
            "a command has its argument",
            "if needed is not None and getattr(self.args, needed) is None:",
            "if False:",
        ),
    ),
    *in_file(
        "loa_protocol/clock.py",
        ("times in Z alone", '(?:\\.([0-9]{3}))?Z"', '(?:\\.([0-9]{3}))?(?:Z|[+]00:00)"'),
    ),
    *in_file(
        "loa_protocol/payloads/__init__.py",
        ("null is refused", 'if b"null" in payload and kind is not Kind.PAGE:', "if False:"),
        ("crit names what must be known", "if name not in _WIRE_NAMES[kind]:", "if False:"),
        ("the payload repeats the kind", 'if value.get("kind") != kind:', "if False:"),
    ),
    *in_file(
        "loa_protocol/paths.py",
        ("inside ends at a slash", 'path.startswith(ancestor + "/")', "path.startswith(ancestor)"),
    ),
    *in_file(
        "loa_protocol/kinds.py",
        ("a command lives an hour", "Signers.NODE, max_life_s=HOUR_S)", "Signers.NODE)"),
        (
            "an alert lives 72 hours",
            "Kind.ALERT: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS, max_life_s=72 * HOUR_S)",
            "Kind.ALERT: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS)",
        ),
        (
            "a drill lives 2 hours",
            "Kind.DRILL: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS, max_life_s=2 * HOUR_S)",
            "Kind.DRILL: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS)",
        ),
        ("a fill lives 72 hours", "Signers.FEED, max_life_s=72 * HOUR_S)", "Signers.FEED)"),
        (
            "a mute is valid for an hour",
            "Kind.MUTE: KindRule(_EVENT, _PLACES, Signers.ONE_PERSON, max_life_s=HOUR_S)",
            "Kind.MUTE: KindRule(_EVENT, _PLACES, Signers.ONE_PERSON)",
        ),
        (
            "an alert needs two",
            "Kind.ALERT: KindRule(_EVENT, _PLACES, Signers.TWO_PERSONS",
            "Kind.ALERT: KindRule(_EVENT, _PLACES, Signers.ONE_PERSON",
        ),
        (
            "a template needs two",
            "Kind.TEMPLATE: KindRule(_STATE, _PLACES, Signers.TWO_PERSONS",
            "Kind.TEMPLATE: KindRule(_STATE, _PLACES, Signers.ONE_PERSON",
        ),
        ("a delegation has 4 KiB", "Signers.DELEGATORS, max_bytes=4 * KIB", "Signers.DELEGATORS"),
    ),
)

MUTATIONS = (*ENCODING, *ENVELOPE, *KEYS, *FIELDS)
