"""Section 5 and 9: what a device does, second by second."""

from tools.mutations.mutation import in_file

ALERTS = in_file(
    "loa_player/alerts.py",
    (
        "a siren at once",
        "        if not order.drill and order.played == 0:\n",
        "        if False:\n",
    ),
    ("no siren for a drill", "if not order.drill and order.played == 0:", "if order.played == 0:"),
    (
        "late, two seconds of siren at once",
        "_LATE_SIREN = timedelta(seconds=SIREN_S)",
        "_LATE_SIREN = timedelta(seconds=60)",
    ),
    (
        "late, ten seconds of siren before the words",
        "_LATE_LEAD = timedelta(seconds=10)",
        "_LATE_LEAD = timedelta(seconds=5)",
    ),
    (
        "late, the first words do not wait for a long pause",
        "_LATE_GAP = timedelta(seconds=20)",
        "_LATE_GAP = timedelta(hours=2)",
    ),
    (
        "readings stand on the others' moments",
        "    return whole + period\n",
        "    return now + timedelta(seconds=2)\n",
    ),
    (
        "a drill says first that it is one",
        "                ClipVoice(self._drill_sound),\n"
        "                *self._said([DRILL_CLIP]),\n",
        "",
    ),
    (
        "a drill says at its end that it was one",
        "                *self._said([DRILL_END_CLIP]),\n",
        "",
    ),
    (
        "a siren before a reading at a turn",
        "return SequenceVoice([ClipVoice(self._siren), *words])",
        "return SequenceVoice(words)",
    ),
    (
        "two seconds after a turn",
        "_AFTER_TURN = timedelta(seconds=2)",
        "_AFTER_TURN = timedelta(0)",
    ),
    (
        "programmes are silent under an order",
        "        if wanted == self._hold:\n",
        "        if True:\n",
    ),
    (
        "an update's readings go on after its alert",
        "self._cycle.order, self._cycle.number = order, 0",
        "pass",
    ),
    ("readings are counted in run", "run=cycle.order.played + cycle.number,", "run=1,"),
    (
        "a cut reading is reported",
        "            self._mixer.stop(cycle.speech_key)\n            if cycle.started is not None:",
        "            self._mixer.stop(cycle.speech_key)\n            if False:",
    ),
    ("media that is missing is said", 'reason = "media_missing"', "pass"),
)

GATE = in_file(
    "loa_player/gate.py",
    ("the asked nonce", "if answer.nonce != nonce:", "if False:"),
    (
        "a reading is counted before it sounds",
        "            self._commit(played(self._state, key, self._clock.now()))",
        "            self._state = apply(self._state, played(self._state, key, self._clock.now()))",
    ),
    (
        "what was accepted of orders is reported",
        '        return (outcomes.of_order(verified.envelope.id, "accepted", now=now),)',
        "        return ()",
    ),
)

REFUSALS = in_file(
    "loa_player/refusals.py",
    (
        "seen gets no receipt",
        "        Reason.EXPIRED,\n",
        "        Reason.EXPIRED,\n        Reason.SEEN,\n",
    ),
    ("no_time gets a receipt", "        Reason.NO_TIME,\n", ""),
)

SCHEDULE = in_file(
    "loa_player/schedule.py",
    ("ten seconds late at most", "LATE_S = 10.0", "LATE_S = 100.0"),
    (
        "no policy, no programme",
        "if policy is None or any(q.from_ <= moment < q.to for q in plan.quiet):",
        "if policy is None:\n"
        "        return moment + timedelta(days=1)\n"
        "    if any(q.from_ <= moment < q.to for q in plan.quiet):",
    ),
    (
        "quiet",
        "if policy is None or any(q.from_ <= moment < q.to for q in plan.quiet):",
        "if policy is None:",
    ),
    (
        "a session's end cuts",
        "return min([session_end, hours_end, *quiet])",
        "return min([hours_end, *quiet])",
    ),
    ("hours", "return min([session_end, hours_end, *quiet])", "return min([session_end, *quiet])"),
    ("the next slot keeps its time", 'limits.append(Limit(following.at, "next_item"))', "pass"),
    (
        "only",
        "    own = outlet_address(outlet)\n    return any(",
        "    own = outlet_address(outlet)\n    return True or any(",
    ),
    (
        "max_minutes_day",
        "spent = policy is not None and situation.played_today_s >= policy.max_minutes_day * 60",
        "spent = False",
    ),
    ("a slot once", 'if status == "done" or slot.id', "if slot.id"),
    (
        "a slot that was missed says why",
        '        return "device_off"',
        '        return "media_missing"',
    ),
)

POLICY = in_file(
    "loa_player/policy.py",
    ("hours of all policies", "hours = _common(hours, policy.hours)", "hours = hours"),
    (
        "the fewest minutes of all policies",
        "min(p.max_minutes_day for p in policies)",
        "max(p.max_minutes_day for p in policies)",
    ),
)

PROGRAMME = in_file(
    "loa_player/programme.py",
    (
        "what a new plan no longer has stops",
        "                active.withdrawn = True\n                self._mixer.stop(key)\n",
        "                pass\n",
    ),
    (
        "a slot goes on where it was",
        "position = before.position if before is not None else 0",
        "position = 0",
    ),
    (
        "a run that a power cut ended is reported",
        "            self._store.interrupt(record.item, line)\n",
        "            pass\n",
    ),
)

MEDIA = in_file(
    "loa_player/media_cache.py",
    (
        "the media's hash once more",
        "        if digest != sha256:\n            path.unlink(missing_ok=True)\n",
        "        if False:\n            path.unlink(missing_ok=True)\n",
    ),
)

IDENTITY = in_file(
    "loa_protocol/payloads/plan.py",
    ("a slot's identity", '_ITEM_CONTEXT = "loa/item/v1"', '_ITEM_CONTEXT = "loa/item/v2"'),
)

MUTATIONS = (*ALERTS, *GATE, *REFUSALS, *SCHEDULE, *POLICY, *PROGRAMME, *MEDIA, *IDENTITY)
