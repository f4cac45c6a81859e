"""Section 3: who may sign what, where, up to which class, until when."""

from tools.mutations.mutation import in_file

TRUST = in_file(
    "loa_protocol/trust.py",
    (
        "a new root needs the old one's holders",
        "        self.check_root_signed(envelope)\n        new = ",
        "        new = ",
    ),
    ("a new root needs its own holders", "        new.check_root_signed(envelope)\n", ""),
    (
        "demo and real never follow each other",
        "if doc.version == self.root.version or doc.demo != self.root.demo:",
        "if doc.version == self.root.version:",
    ),
    (
        "another root of one version",
        "if doc.version == self.root.version or doc.demo",
        "if doc.demo",
    ),
    (
        "grace of 30 days",
        "REGISTRAR_GRACE = timedelta(days=30)",
        "REGISTRAR_GRACE = timedelta(days=3000)",
    ),
    (
        "a revocation reaches down alone",
        "return self.path is None or inside(path, self.path)",
        "return True",
    ),
    (
        "a list of revoked keys never shrinks",
        "if kid not in named and any(r.path == path for r in revocations):",
        "if False:",
    ),
    (
        "a version 10 minutes ahead at most",
        "if version > unix_ms(now + VERSION_AHEAD_MAX):",
        "if False:",
    ),
)

AUTHORITY = in_file(
    "loa_protocol/authority.py",
    ("two registrars delegate", "REGISTRARS_NEEDED = 2", "REGISTRARS_NEEDED = 1"),
    (
        "180 days",
        "PERSON_DELEGATION_MAX = timedelta(days=180)",
        "PERSON_DELEGATION_MAX = timedelta(days=1800)",
    ),
    (
        "the ceiling of a signer",
        "grants = tuple(g for g in grants if g.doc.ceiling >= level)",
        "grants = tuple(grants)",
    ),
    (
        "every target inside",
        "            if not any(inside(target, grant.doc.path) for grant in grants):",
        "            if False:",
    ),
    (
        "a node signs no order",
        "return _KINDS_OF[grant.doc.subject.type] & frozenset(grant.doc.kinds)",
        "return frozenset(grant.doc.kinds)",
    ),
    ("one key for one id", "if len(ids) > 1:", "if False:"),
    (
        "alerts and drills in two delegations",
        "if not DRILL_KINDS.isdisjoint(doc.kinds) and not REAL_KINDS.isdisjoint(doc.kinds):",
        "if False:",
    ),
    (
        "a delegation has begun",
        "if self.at < doc.from_ or doc.issued > self.at + CLOCK_TOLERANCE:",
        "if False:",
    ),
    (
        "a revoked person or node",
        'if revoked is not None and doc.subject.type != "registrar":',
        "if False:",
    ),
    (
        "a newer delegation takes the older one's place",
        "if other.doc.version > grant.doc.version and (held or self.fault(other) is None):",
        "if False:",
    ),
    ("a delegation has not ended", "        if self.at < grant.doc.to:\n", "        if True:\n"),
    (
        "a revoked registrar signs nothing more",
        "            self._check_by_root(grant)\n            if revoked is not None:",
        "            self._check_by_root(grant)\n            if False:",
    ),
    (
        "no grace for drills",
        "grace = self._real_order and not person.drill and revoked is None",
        "grace = revoked is None",
    ),
    (
        "grace for real orders",
        "grace = self._real_order and not person.drill and revoked is None",
        "grace = False",
    ),
    (
        "what a registrar delegated before its revocation stands",
        "if revoked is not None and given.issued >= revoked:",
        "if revoked is not None:",
    ),
    (
        "what a registrar delegated after its revocation is void",
        "if revoked is not None and given.issued >= revoked:",
        "if False:",
    ),
    (
        "nobody delegates to oneself",
        "if doc.subject.id == given.subject.id or grant.kid == person.kid:",
        "if False:",
    ),
    ("a registrar's ceiling", "if doc.ceiling < given.ceiling:", "if False:"),
    ("a registrar's place", "if not inside(given.path, doc.path):", "if False:"),
)

LADDER = in_file(
    "loa_protocol/ladder.py",
    ("a kind comes by its way", "if envelope.kind not in channel.value:", "if False:"),
    (
        "a wrong signature by a known key refuses",
        "            raise Refused(Reason.BAD_SIGNATURE, signature.kid)\n        known",
        "            continue\n        known",
    ),
    (
        "two persons are two ids",
        "persons = {signer.id for signer in signers}",
        "persons = {signer.kid for signer in signers}",
    ),
    (
        "the issuer signed, from that place",
        "if not any(grant.doc.path == issuer.path for grant in own):",
        "if not own:",
    ),
    (
        "an assignment inside its node's place",
        "return (*payload.paths, payload.area)",
        "return (payload.area,)",
    ),
    (
        "the own node alone",
        "if node is None or node != receiver.parent or kind not in _PARENT_TOO:",
        "if node is None or kind not in _PARENT_TOO:",
    ),
    (
        "the parent signs open and assignment alone",
        "if node is None or node != receiver.parent or kind not in _PARENT_TOO:",
        "if node is None or node != receiver.parent:",
    ),
    (
        "a parent's open has no floor",
        "if isinstance(payload, Open) and payload.floor is not None:",
        "if False:",
    ),
    (
        "a node over the device's area",
        "    if receiver is not None and receiver.area is not None:\n"
        "        return (receiver.area,)\n",
        "",
    ),
    (
        "an order covers me",
        "        mine = covers(payload.target, receiver.paths)",
        "        mine = True",
    ),
    (
        "a station's plan",
        '        mine = payload.target[0] == station_address(receiver.station or "")',
        "        mine = True",
    ),
    (
        "an outlet's command",
        "        mine = payload.target[0] == outlet_address(receiver.outlet)",
        "        mine = True",
    ),
    (
        "an open of my area",
        "        mine = payload.target[0] == receiver.area",
        "        mine = True",
    ),
    ("no event before the time", "if kind in _NEEDS_TIME and not context.time_known:", "if False:"),
    (
        "a command waits for the time",
        "_NEEDS_TIME = ORDER_KINDS | {Kind.COMMAND}",
        "_NEEDS_TIME = ORDER_KINDS",
    ),
    (
        "5 s of the future",
        "if not gives_time and payload.issued > context.now + CLOCK_TOLERANCE:",
        "if not gives_time and payload.issued > context.now:",
    ),
    (
        "not from the future",
        "if not gives_time and payload.issued > context.now + CLOCK_TOLERANCE:",
        "if False:",
    ),
    (
        "over at expires",
        "if judged and payload.expires <= context.now:",
        "if judged and payload.expires < context.now:",
    ),
    (
        "a list of revoked keys has no end",
        "_WITHOUT_END = frozenset({Kind.TIME, Kind.TRUST})",
        "_WITHOUT_END = frozenset({Kind.TIME})",
    ),
    (
        "clock has no dates",
        "_UNDATED = frozenset({Kind.ROOT, Kind.DELEGATION, Kind.CLOCK})",
        "_UNDATED = frozenset({Kind.ROOT, Kind.DELEGATION})",
    ),
    ("a template's feed has a key", "        check_feed(payload)\n", "        pass\n"),
    (
        "a template's signers still stand",
        "standing = _template_stands(template, context)",
        "standing = Verified(envelope, payload, context.trust)",
    ),
)

FILLS = in_file(
    "loa_protocol/fills.py",
    (
        "a template is known by office and id",
        'return f"{doc.issuer.path} {doc.template if isinstance(doc, Fill) else doc.id}"',
        'return f"{doc.template if isinstance(doc, Fill) else doc.id}"',
    ),
    ("the template's own feed", "if feed.kid not in kids:", "if False:"),
    ("the template's version", "if fill.template_version != template.version:", "if False:"),
    ("the template's class", "if fill.class_ > template.class_:", "if False:"),
    ("the template's places", "if not inside_any(target, template.target):", "if False:"),
    ("the template's blanks", "if fill.blanks.keys() != template.blanks.keys():", "if False:"),
    ("a blank's values", 'if "{" in value or (values and value not in values):', "if False:"),
    (
        "the template's words",
        "if fill.text != filled_text(template.text, fill.blanks):",
        "if False:",
    ),
    (
        "the template's title",
        "if template.title is not None and fill.title != filled_text(template.title, fill.blanks):",
        "if False:",
    ),
    (
        "the template's hazard",
        "if template.hazard is not None and fill.hazard != template.hazard:",
        "if False:",
    ),
)

MUTATIONS = (*TRUST, *AUTHORITY, *LADDER, *FILLS)
