"""Mails: put down with what they tell of, sent once, delayed by a mail server that is down."""

from __future__ import annotations

import email
import smtplib
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Connection, Engine, event, func, select, update

from server.mail import Postman, deliver_next
from server.records import outbox
from server.records.counts import count
from server.records.database import may_write, reading, writing
from server.records.tables import audit
from server.records.tables import outbox as outbox_table
from server.records.uploads import database_now
from server.uploads.purge import forget_next
from tests.support.served import Agency, Api, insert, table


class Sink:
    """A mail server that keeps what it is given, and refuses whom it is told to refuse."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refuse = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.messages.append(email.message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = Sink()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, port
    controller.stop()


def put(
    agency: Agency, recipient: str = "carla@agency.test", number: int = 1, subject: str = "Caseload upload complete"
) -> None:
    with writing(agency.engine) as connection:
        outbox.put(connection, agency.site_id, recipient, subject, "Hello Carla,\n\nit is done.\n", number)


def due_now(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(update(outbox_table).values(next_attempt_at=outbox_table.c.created_at))


def waiting(engine: Engine) -> int:
    with reading(engine) as connection:
        query = select(func.count()).select_from(outbox_table).where(outbox_table.c.sent_at.is_(None))
        return int(connection.execute(query).scalar_one())


def test_a_mail_goes_through_the_mail_server_once(agency: Agency, tmp_path: Path, sink: tuple[Sink, int]) -> None:
    kept, port = sink
    settings = agency.settings(
        tmp_path,
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_starttls=False,
        mail_sender="Caseload <no-reply@agency.test>",
    )
    put(agency)
    assert deliver_next(agency.engine, settings)
    assert not deliver_next(agency.engine, settings)
    (message,) = kept.messages
    assert (message["To"], message["Subject"]) == ("carla@agency.test", "Caseload upload complete")
    assert message["Message-ID"].endswith("@agency.test>")
    assert message.get_content().replace("\r\n", "\n") == "Hello Carla,\n\nit is done.\n"  # type: ignore[attr-defined]
    assert waiting(agency.engine) == 0


def take(agency: Agency) -> outbox.Mail | None:
    with reading(agency.engine) as connection:
        key = outbox.next_due(connection)
    if key is None:
        return None
    with writing(agency.engine) as connection:
        return outbox.take(connection, key)


def test_a_mail_in_somebody_s_hand_is_left_alone_until_they_must_have_sent_it(agency: Agency) -> None:
    put(agency)
    taken = []
    for _ in range(3):
        taken.append(take(agency))
        if len(taken) == 2:
            due_now(agency.engine)
    assert [mail is not None for mail in taken] == [True, False, True]


def taken(agency: Agency) -> str | None:
    """Whom the next mail goes to, which is sent."""
    mail = take(agency)
    if mail is None:
        return None
    with writing(agency.engine) as connection:
        outbox.mark_sent(connection, mail)
    return mail.recipient


def test_nobody_s_mail_waits_behind_the_many_of_another(agency: Agency) -> None:
    for recipient in ["many@agency.test"] * 4 + ["one@agency.test"] + ["two@agency.test"] * 2:
        put(agency, recipient)
    names = [str(taken(agency)).partition("@")[0] for _ in range(4)]
    put(agency, "late@agency.test")
    names += [str(taken(agency)).partition("@")[0] for _ in range(4)]
    assert names == ["many", "one", "two", "many", "late", "two", "many", "many"]
    assert taken(agency) is None


def test_one_recipient_gets_so_many_mails_in_an_hour_and_the_others_later(
    agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_LATELY", 2)
    for recipient in ["many@agency.test"] * 3 + ["one@agency.test"]:
        put(agency, recipient)
    assert [taken(agency) for _ in range(4)] == ["many@agency.test", "one@agency.test", "many@agency.test", None]
    with writing(agency.engine) as connection:
        an_hour_ago = database_now(connection) - outbox.LATELY
        connection.execute(update(outbox_table).where(outbox_table.c.sent_at.is_not(None)).values(sent_at=an_hour_ago))
    assert [taken(agency), taken(agency)] == ["many@agency.test", None]


@pytest.mark.parametrize(("ahead", "kept"), [(timedelta(days=2), 1), (timedelta(days=400), 0)])
def test_mails_that_were_sent_while_the_clock_was_ahead_hold_up_none_and_are_forgotten(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, ahead: timedelta, kept: int
) -> None:
    monkeypatch.setattr(outbox, "MOST_LATELY", 1)
    put(agency)
    assert taken(agency) is not None
    with writing(agency.engine) as connection:
        connection.execute(update(outbox_table).values(sent_at=database_now(connection) + ahead))
    put(agency)
    assert taken(agency) == "carla@agency.test"
    assert not forget_next(agency.engine, 90)
    with reading(agency.engine) as connection:
        assert connection.execute(select(func.count()).select_from(outbox_table)).scalar_one() == 1 + kept


def test_of_mails_beyond_those_that_may_wait_one_tells_how_many_uploads_ended_and_which(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 2)
    monkeypatch.setattr(outbox, "MOST_NUMBERS", 2)
    for number in range(1, 8):
        put(agency, "many@agency.test", number, f"Caseload upload {'cancelled' if number == 4 else 'complete'}")
    put(agency, "one@agency.test", 8)
    assert waiting(agency.engine) == 3
    with reading(agency.engine) as connection:
        assert count(connection).mails_waiting == 4, "the one that is to come is one"
    settings = agency.settings(tmp_path)
    sent = list[Path]()
    while deliver_next(agency.engine, settings):
        if len(sent) == 1:
            put(agency, "many@agency.test", 9)  # there is room, but what is told in short has not gone out yet
        sent = sorted(settings.mails.iterdir())
    put(agency, "many@agency.test", 10)
    assert deliver_next(agency.engine, settings)
    told = [email.message_from_bytes(path.read_bytes(), policy=default) for path in sorted(settings.mails.iterdir())]
    whom = [str(one["To"]).partition("@")[0] for one in told]
    assert whom == ["many", "many", "one", "many", "many"]
    assert [str(told[at]["Subject"]) for at in (3, 4)] == ["Caseload: 6 more uploads ended", "Caseload upload complete"]
    lines = told[3].get_content().splitlines()
    assert [line for line in lines if "No. " in line] == [
        "Caseload upload cancelled: 1 (No. 4)",
        "Caseload upload complete: 5 (No. 3, 5 and 3 others)",
    ]


def test_while_a_mail_server_is_down_no_more_than_so_many_mails_pile_up_and_all_are_told_afterwards(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sink: tuple[Sink, int]
) -> None:
    monkeypatch.setattr(outbox, "MOST_WAITING", 2)
    kept, port = sink
    kept.refuse = "450 come back later"
    settings = agency.settings(tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
    for number in range(1, 10):
        put(agency, number=number)
        due_now(agency.engine)
        while deliver_next(agency.engine, settings):
            pass
    assert waiting(agency.engine) == 2
    kept.refuse = ""
    due_now(agency.engine)
    while deliver_next(agency.engine, settings):
        pass
    assert [str(one["Subject"]) for one in kept.messages] == [
        *["Caseload upload complete"] * 2,
        "Caseload: 7 more uploads ended",
    ]
    assert waiting(agency.engine) == 0


def test_mails_that_may_not_go_out_yet_keep_nobody_from_writing(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is the next one looked for where others wait meanwhile: it is taken by its key."""
    monkeypatch.setattr(outbox, "MOST_LATELY", 1)
    settings, written = agency.settings(tmp_path), list[str]()
    for _ in range(3):
        put(agency)

    @event.listens_for(agency.engine, "after_cursor_execute")
    def note(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if may_write(connection) and "outbox" in statement:
            written.append(statement.replace('"', ""))

    assert deliver_next(agency.engine, settings)
    assert [len(written) > 1, [one for one in written if "outbox.key =" not in one]] == [True, []]
    written.clear()
    assert [deliver_next(agency.engine, settings), written, waiting(agency.engine)] == [False, [], 2]


def test_of_two_who_want_to_send_the_same_mail_one_takes_it(agency: Agency) -> None:
    put(agency)
    with reading(agency.engine) as connection:
        key = outbox.next_due(connection)
    assert key is not None
    with writing(agency.engine) as connection:
        taken = [outbox.take(connection, key), outbox.take(connection, key)]
    assert [mail is not None for mail in taken] == [True, False]


def test_a_mail_server_that_is_down_delays_the_mail_each_time_longer(
    agency: Agency, tmp_path: Path, sink: tuple[Sink, int]
) -> None:
    kept, port = sink
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = probe.getsockname()[1]
    down = agency.settings(tmp_path, smtp_host="127.0.0.1", smtp_port=nobody, smtp_starttls=False)
    put(agency)
    pauses = []
    for _ in range(3):
        assert deliver_next(agency.engine, down)
        assert not deliver_next(agency.engine, down), "it waits"
        with reading(agency.engine) as connection:
            now = database_now(connection)
            pauses.append(connection.execute(select(outbox_table.c.next_attempt_at)).scalar_one() - now)
        due_now(agency.engine)
    assert pauses == sorted(pauses)
    assert pauses[0] > outbox.SHORTEST_PAUSE / 2
    up = agency.settings(tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
    assert deliver_next(agency.engine, up)
    assert len(kept.messages) == 1
    assert waiting(agency.engine) == 0


def test_a_mail_that_will_never_arrive_is_given_up_with_a_line_in_the_audit_trail(
    agency: Agency, tmp_path: Path, sink: tuple[Sink, int]
) -> None:
    kept, port = sink
    settings = agency.settings(tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
    kept.refuse = "550 no such user"
    put(agency)
    assert deliver_next(agency.engine, settings)
    put(agency, "two\nlines@agency.test")
    assert deliver_next(agency.engine, settings)
    assert waiting(agency.engine) == 0
    with reading(agency.engine) as connection:
        query = select(func.count()).select_from(audit).where(audit.c.what == "mail given up")
        assert connection.execute(query).scalar_one() == 2
    kept.refuse = "450 come back later"
    put(agency)
    assert deliver_next(agency.engine, settings)
    assert waiting(agency.engine) == 1


def test_without_a_mail_server_each_mail_becomes_a_file_sent_twice_or_not(agency: Agency, tmp_path: Path) -> None:
    settings = agency.settings(tmp_path)
    put(agency)
    assert deliver_next(agency.engine, settings)
    with writing(agency.engine) as connection:  # as if it had been killed before it could mark the mail as sent
        connection.execute(update(outbox_table).values(sent_at=None, next_attempt_at=outbox_table.c.created_at))
    assert deliver_next(agency.engine, settings)
    (path,) = settings.mails.iterdir()
    message = email.message_from_bytes(path.read_bytes(), policy=default)
    assert (path.suffix, message["To"]) == (".eml", "carla@agency.test")


def test_the_postman_delivers_until_he_is_stopped(agency: Agency, tmp_path: Path) -> None:
    settings = agency.settings(tmp_path)
    put(agency)
    postman = Postman(agency.engine, settings)
    postman.start()
    put(agency)
    while waiting(agency.engine):
        assert postman.is_alive()
    postman.stop()
    postman.join()
    assert len(list(settings.mails.iterdir())) == 2


def test_a_starttls_that_the_server_does_not_offer_only_delays(
    agency: Agency, tmp_path: Path, sink: tuple[Sink, int]
) -> None:
    settings = agency.settings(tmp_path, smtp_host="127.0.0.1", smtp_port=sink[1])
    put(agency)
    assert deliver_next(agency.engine, settings)
    assert (sink[0].messages, waiting(agency.engine)) == ([], 1)
    assert issubclass(smtplib.SMTPNotSupportedError, smtplib.SMTPException)


def test_the_mail_of_an_upload_holds_counts_and_no_participant_data(agency: Agency, call: Callable[[str], Api]) -> None:
    api = call("S2")
    rows = table(insert("P2"), insert("P9"), filename="Mary Jones.xlsx")
    upload_id = api.submit(rows).json()["id"]
    api.wait(upload_id, "needs-fixes")
    with reading(agency.engine) as connection:
        assert connection.execute(select(func.count()).select_from(outbox_table)).scalar_one() == 0
    api.fix(upload_id, leave_out=[3])
    api("POST", f"/v1/uploads/{upload_id}/continue")
    api.wait(upload_id, "complete")
    with reading(agency.engine) as connection:
        (mail,) = connection.execute(select(outbox_table)).all()
    assert (mail.recipient, mail.subject) == ("carla@agency.test", "Caseload upload complete")
    counts = ("Rows received:  2\n", "Rows accepted:  1\n", "Rows left out:  1\n")
    for part in (f"No. 1 ({upload_id})", *counts, "run: caseload log 1\n"):
        assert part in mail.body
    assert not [word for word in ("P2", "P9", "Mary", "O'Brien-Smith", "Ruiz, ") if word in mail.body]


def test_nobody_is_written_to_who_has_no_address(agency: Agency) -> None:
    put(agency, " ")
    assert waiting(agency.engine) == 0
