"""Section 4 and 5: replay, precedence, mutes, time."""

from tools.mutations.mutation import in_file

REPLAY = in_file(
    "loa_protocol/replay.py",
    ("an event once", "if verified.envelope.id in state.seen:", "if False:"),
    (
        "nothing below the floor",
        "if state.floor is not None and doc.issued < state.floor:",
        "if False:",
    ),
    (
        "a version never goes back",
        "if old is not None and new.version <= old.version:",
        "if old is not None and new.version < old.version:",
    ),
    (
        "the same document again changes nothing",
        "    if old == new:\n        return Changes()\n",
        "",
    ),
    (
        "versions of open for each node",
        'return f"{doc.target[0]} {doc.issuer.node}"',
        "return doc.target[0]",
    ),
    (
        "the floor never beyond now or a listed order",
        "if doc.floor > min([now, *issued]):",
        "if False:",
    ),
    (
        "the floor never beyond a listed order",
        "if doc.floor > min([now, *issued]):",
        "if doc.floor > now:",
    ),
    (
        "a lower floor changes nothing",
        "return max(doc.floor, state.floor or doc.floor)",
        "return doc.floor",
    ),
    (
        "clock by serial",
        "if doc.serial <= state.clock_serial:",
        "if doc.serial < state.clock_serial:",
    ),
    ("clock lowers versions", "if known.version > cap", "if False"),
    (
        "equals take turns",
        "turn = 1 + max(other.turn for other in state.orders.values())",
        "turn = order.turn",
    ),
)

RULES = in_file(
    "loa_protocol/order_rules.py",
    ("an early update gives the words", "    if newest is not None:\n", "    if False:\n"),
    (
        "an early cancel ends its alert",
        "if any(p.ends(order) for p in state.pending):",
        "if False:",
    ),
    (
        "an alert ends earlier drills",
        "return [o for o in live if o.drill and o.issued < order.issued]",
        "return []",
    ),
    ("a template's daily number", "if len(today) >= template.doc.max_per_day:", "if False:"),
    (
        "an update from the alert's place or above",
        "    if not known.entitles(update.path):",
        "    if False:",
    ),
    (
        "no update after the cancel",
        "    if known.status is Status.CANCELLED:\n"
        "        raise Refused(Reason.CANCELLED, known.key)\n"
        "    if not known.live(now):\n"
        "        raise Refused(Reason.EXPIRED, known.key)\n"
        "    if update",
        "    if update",
    ),
    ("the highest revision", "if update.revision <= known.revision:", "if False:"),
    ("32 wait for each issuer", "if waiting + alone >= PENDING_MAX:", "if False:"),
    (
        "the wait is for each issuer",
        "waiting = sum(p.issuer == issuer and p.until > now for p in state.pending)",
        "waiting = len(state.pending)",
    ),
    (
        "a cancel from the alert's place or above",
        "    if not known.entitles(cancel.path):",
        "    if False:",
    ),
    (
        "a cancel with the alert's class",
        "    if cancel.ceiling < known.base_level:",
        "    if False:",
    ),
    (
        "mute is not for drills",
        "if any(order.drill != isinstance(doc, DrillMute) for order in named):",
        "if False:",
    ),
    (
        "one person stops a fill in its window",
        "waiting = [o for o in named if o.not_before is not None and now < o.not_before]",
        "waiting: list[Order] = []",
    ),
    (
        "a mute names open orders alone",
        "        if not orders:\n            raise Refused(Reason.UNKNOWN_ORDER, id_)\n",
        "",
    ),
)

BOOK = in_file(
    "loa_protocol/order_book.py",
    (
        "an order is over at expires",
        "return self.status is Status.OPEN and now < self.expires",
        "return self.status is Status.OPEN",
    ),
    ("plays", "return self.plays > 0 and self.played >= self.plays", "return False"),
    ("every_s", "if not self.every_s or not self.read_out():", "if True:"),
    (
        "a fill waits for cancel_s",
        "waiting = self.not_before is not None and now < self.not_before",
        "waiting = False",
    ),
    (
        "higher class first",
        "top = max((not order.drill, order.level) for order in due)",
        "top = min((not order.drill, order.level) for order in due)",
    ),
    (
        "lower orders keep silent in a mute",
        "        return Voice(silence=True)",
        "        return voice([o for o in due if o not in group], mutes, now)",
    ),
)

MUTES = in_file(
    "loa_protocol/mutes.py",
    (
        "ten minutes for an alert",
        "PER_ALERT = timedelta(minutes=10)",
        "PER_ALERT = timedelta(minutes=60)",
    ),
    (
        "twenty minutes for a person",
        "PER_PERSON = timedelta(minutes=20)",
        "PER_PERSON = timedelta(minutes=60)",
    ),
    (
        "twenty minutes are a person's",
        "spans = (s for s in self.spans if s.person == person and",
        "spans = (s for s in self.spans if",
    ),
    (
        "what is unused is given back",
        "known[alert] = AlertSilence(silence.used - unused, now)",
        "known[alert] = AlertSilence(silence.used, now)",
    ),
    (
        "a resume ends the silence",
        "known[alert] = AlertSilence(silence.used - unused, now)",
        "known[alert] = silence",
    ),
    (
        "a mute with something left is accepted",
        "        if gained <= ZERO:",
        "        spent = any(known[a].left() <= ZERO for a in named if a in self.alerts)\n"
        "        if gained <= ZERO or spent:",
    ),
)

TIME = in_file(
    "loa_protocol/trusted_time.py",
    ("24 hours in all", "if self.spent + cost > ALLOWANCE:", "if cost > ALLOWANCE:"),
    ("24 hours", "if self.spent + cost > ALLOWANCE:", "if False:"),
    ("not below the saved time", "if moment < self.floor - BELOW_TOLERANCE:", "if False:"),
    (
        "60 s below are free",
        "BELOW_TOLERANCE = timedelta(seconds=60)",
        "BELOW_TOLERANCE = timedelta(0)",
    ),
    (
        "5 s ahead are free",
        "AHEAD_TOLERANCE = timedelta(seconds=5)",
        "AHEAD_TOLERANCE = timedelta(0)",
    ),
    (
        "the first answer of a clock that stopped is free",
        "free = ahead <= AHEAD_TOLERANCE or (stopped and not self.known)",
        "free = ahead <= AHEAD_TOLERANCE",
    ),
    (
        "a first answer pays where a clock ran on",
        "free = ahead <= AHEAD_TOLERANCE or (stopped and not self.known)",
        "free = ahead <= AHEAD_TOLERANCE or not self.known",
    ),
)

MUTATIONS = (*REPLAY, *RULES, *BOOK, *MUTES, *TIME)
