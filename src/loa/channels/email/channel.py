"""The email channel: letters by SMTP to people who asked for them.

A list is an outlet; each person gets a letter of their own, with a link by which they leave. A
letter that the server took is `carried`: nothing tells whether somebody read it. A letter cannot
be sent twice with one effect, so a try that was broken off is `unknown`.
"""

import smtplib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from django.utils.translation import gettext_noop

from loa.channels import members
from loa.channels.contract import (
    Capability,
    Channel,
    Content,
    Event,
    InboundRequest,
    Message,
    Mode,
    Outcome,
    Problem,
    Profile,
    Recipient,
    RecipientOutcome,
    Rendition,
    Secrets,
    Settings,
    Target,
    Withdrawal,
)
from loa.channels.email import bounces, letters, smtp
from loa.channels.email.settings import (
    EmailProfile,
    EmailSecrets,
    EmailSettings,
    clean_address,
)
from loa.channels.email.smtp import EmailAccount, InDoubt, NotSent
from loa.channels.failures import AccountFailed, Failure, Scope
from loa.lib import clock
from loa.newsroom.renditions import Form

LETTERS_AT_ONCE = 20
NO_ANSWER = Failure(
    code="in_doubt",
    sentence=gettext_noop("Đường truyền tới máy chủ thư đứt giữa lúc gửi."),
    scope=Scope.PERSON,
)


class Email(Channel[EmailSettings, EmailSecrets, EmailProfile]):
    """Letters to lists, with consent and one-click unsubscribe."""

    kind: ClassVar[str] = "email"
    label: ClassVar[str] = gettext_noop("Thư điện tử")
    modes: ClassVar[frozenset[Mode]] = frozenset({Mode.PUSH})
    Settings: ClassVar[type[Settings]] = EmailSettings
    Secrets: ClassVar[type[Secrets]] = EmailSecrets
    Profile: ClassVar[type[Profile]] = EmailProfile
    forms: ClassVar[tuple[Form, ...]] = (Form.ARTICLE, Form.MESSAGE)
    has_lists: ClassVar[bool] = True
    batch_max: ClassVar[int] = LETTERS_AT_ONCE
    capability_labels: ClassVar[Mapping[str, str]] = {
        "send": gettext_noop("gửi thư"),
        "encryption": gettext_noop("mã hóa đường truyền"),
        "dsn": gettext_noop("báo thư đã tới máy chủ của người nhận"),
    }
    timeout_s: ClassVar[float] = 15.0 * LETTERS_AT_ONCE * 3

    def check(self, account: EmailAccount) -> list[str]:
        """Signs in and sends nothing."""
        with smtp.session(account) as server:
            code, _text = server.noop()
        return [] if code < 400 else ["Máy chủ thư không trả lời như mong đợi. Thử lại sau."]

    def capabilities(self, account: EmailAccount) -> dict[str, Capability]:
        """What the server says that it can do, and whether the line is encrypted."""
        with smtp.session(account) as server:
            server.ehlo_or_helo_if_needed()
            said = set(server.esmtp_features)
        now = clock.now()
        tls = account.settings.security != "none"
        names = {"encryption": tls, "dsn": "dsn" in said}
        states: dict[bool, Literal["works", "refused"]] = {True: "works", False: "refused"}
        return {
            "send": Capability(state="works", at=now),
            **{name: Capability(state=states[has], at=now) for name, has in names.items()},
        }

    def prepare(self, rendition: Rendition, profile: EmailProfile) -> Content | Problem:
        """Subject and text; each person's foot is added when it is sent."""
        lost = ("Ảnh của tin không gửi kèm theo thư.",) if rendition.pictures else ()
        return Content(
            title=letters.subject(rendition, profile), text=letters.body(rendition), warnings=lost
        )

    def clean_address(self, text: str) -> str:
        return clean_address(text)

    def recipients(self, target: Target[EmailProfile]) -> Iterable[Recipient]:
        """Who confirmed and has not left."""
        return members.reachable(target.id)

    def send(self, account: EmailAccount, batch: Sequence[Message[EmailProfile]]) -> list[Outcome]:
        """One letter for each person. A line that breaks ends the try: who was not reached is
        tried again, and the one letter without an answer is `unknown`."""
        with smtp.session(account) as server:
            return [self._send_one(server, account, message) for message in batch]

    def _send_one(
        self, server: smtplib.SMTP, account: EmailAccount, message: Message[EmailProfile]
    ) -> Outcome:
        told: list[RecipientOutcome] = []
        failure: Failure | None = None
        for person in message.recipients:
            letter = letters.letter(account.settings, message, person)
            sender = letters.envelope_sender(account.settings, person.ref)
            try:
                smtp.give(server, sender, person.address, letter)
            except NotSent as refused:
                told.append(_refused(person, refused.failure))
                server.rset()
            except InDoubt:
                told.append(RecipientOutcome(ref=person.ref, state="unknown", failure=NO_ANSWER))
                failure = replace(_AWAY, retry_at=clock.now() + smtp.AWAY_FOR)
                break
            except AccountFailed as refused:
                failure = refused.failure
                break
            else:
                told.append(RecipientOutcome(ref=person.ref, state="carried"))
        reached = any(one.state == "carried" for one in told)
        return Outcome(
            key=message.key,
            state="carried" if reached else "failed",
            at=clock.now(),
            reference=str(message.key) if reached else "",
            failure=failure or _first_failure(told),
            recipients=tuple(told),
        )

    def withdraw(
        self, account: EmailAccount, batch: Sequence[Message[EmailProfile]]
    ) -> list[Withdrawal]:
        """A letter that was sent stays sent."""
        why = gettext_noop("Thư đã gửi không rút lại được. Gửi bản đính chính nếu nội dung sai.")
        return [Withdrawal(key=one.key, state="cannot", why=why) for one in batch]

    def receive(self, account: EmailAccount | None, request: InboundRequest) -> list[Event]:
        """A returned letter, as the mail server handed it over."""
        return bounces.read(request.body, request.received_at)

    def poll(self, account: EmailAccount) -> list[Event]:
        """Sends the questions to people who were put on a list and have not been asked yet."""
        asked = members.letters_due(account.id, LETTERS_AT_ONCE)
        if not asked:
            return []
        with smtp.session(account) as server:
            for one in asked:
                letter = letters.question(
                    account.settings, one.list_name, one.office, one.recipient
                )
                try:
                    smtp.give(server, account.settings.sender, one.recipient.address, letter)
                except NotSent as refused:
                    members.letter_refused(one.recipient.ref, refused.failure)
                    server.rset()
                    continue
                members.letter_sent(one.recipient.ref)
        return []


_AWAY = Failure(
    code="unreachable",
    sentence=gettext_noop("Đường truyền tới máy chủ thư đứt giữa lúc gửi."),
    scope=Scope.ACCOUNT,
)


def _refused(person: Recipient, failure: Failure) -> RecipientOutcome:
    if failure.scope is Scope.PERSON and failure.permanent:
        members.bounced(person.ref, failure)
    return RecipientOutcome(ref=person.ref, state="failed", failure=failure)


def _first_failure(told: Sequence[RecipientOutcome]) -> Failure | None:
    return next((one.failure for one in told if one.failure is not None), None)
