"""Send the mails of the outbox, by SMTP or into a folder as .eml files (SPEC 6)."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import smtplib
import socket
import ssl
import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import BinaryIO, Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.records import outbox
from server.records.database import reading, writing
from server.records.outbox import Mail
from server.settings import Settings
from workbook.whole_file import write_whole

LOGGER = logging.getLogger("caseload.mail")
LOOK_SECONDS = 0.5
"""How often the outbox is looked into."""
SMTP_SECONDS = 20
"""How long a mail server may take for each of its answers."""
_LONGEST_REPLY: Final = 64 * 1024
"""Bytes of one answer of a mail server, which are a few lines."""
SENDING_SECONDS = 120
"""How long it may take for all of them: one that answers letter by letter holds up the mails and no more. Less than
`outbox.IN_HAND`, after which another postman takes the mail up."""
TROUBLE_SECONDS = 5
"""The pause after something went wrong that is no mail's fault."""


class NoAddress(Exception):
    """Nobody can be written to at this address."""


class Postman(threading.Thread):
    """Delivers what is due until it is stopped. On its own thread, so that a mail server that is down delays no
    upload."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        super().__init__(name="postman", daemon=True)
        self._engine = engine
        self._settings = settings
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                if deliver_next(self._engine, self._settings):
                    continue
            except SQLAlchemyError:
                LOGGER.exception("The outbox cannot be read just now.")
                self._stopped.wait(TROUBLE_SECONDS)
            except Exception:  # whatever it is: without him nobody hears of anything any more
                LOGGER.exception("The postman met an error of the server's own; he goes on.")
                self._stopped.wait(TROUBLE_SECONDS)
            self._stopped.wait(LOOK_SECONDS)

    def stop(self) -> None:
        """Lets a mail that is being sent go out, and takes up no other."""
        self._stopped.set()


def deliver_next(engine: Engine, settings: Settings) -> bool:
    """Sends the next mail that is due, and says whether there was one. What others who write would have to wait for is
    no more than to take it.

    A mail is marked as sent once the mail server has taken it. Should the program be killed between the two, it is
    sent again under the same Message-ID, by which mail programs recognise the duplicate.
    """
    with reading(engine) as connection:
        in_short = outbox.in_short_due(connection)
        key = outbox.next_due(connection)
    for one in in_short:
        with writing(engine) as connection:
            outbox.put_in_short(connection, *one)
    if key is None:
        return bool(in_short)
    with writing(engine) as connection:
        mail = outbox.take(connection, key)
    if mail is None:
        return False
    try:
        message = compose(mail, settings.mail_sender)
        if settings.smtp_host:
            _send(message, settings)
        else:
            _put_in_folder(message, mail, settings)
    except NoAddress:
        _give_up(engine, mail, "the address is not one")
    except smtplib.SMTPRecipientsRefused as refused:
        code = max((code for code, _answer in refused.recipients.values()), default=0)
        if code >= 500:
            _give_up(engine, mail, f"the mail server refused the address with {code}")
        else:
            _postpone(engine, mail, f"the mail server answered {code}")
    except (OSError, smtplib.SMTPException) as failure:
        _postpone(engine, mail, type(failure).__name__)
    except Exception as failure:  # a mail server that says what no library expects
        _postpone(engine, mail, f"{type(failure).__name__}, an error of the server's own")
    else:
        with writing(engine) as connection:
            outbox.mark_sent(connection, mail)
    return True


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The message as it is sent. Raises NoAddress for what is no address, or none that a header can hold."""
    domain = sender.rpartition("@")[2].strip("<> ") or "localhost"
    message = EmailMessage()
    message["From"] = sender
    try:
        message["To"] = mail.recipient
        reachable = [bool(one.username and one.domain) for one in message["To"].addresses]
        message["To"].fold(policy=SMTP)
    except Exception as flaw:  # the library raises a dozen kinds, an IndexError for a lone quotation mark
        raise NoAddress from flaw
    if not reachable or not all(reachable):
        raise NoAddress
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    # The same each time the mail is sent, and nothing that other mails could be counted by.
    number = hashlib.sha256(f"{mail.site_id} {mail.key} {mail.recipient} {mail.body}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<caseload-{number}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message


def _send(message: EmailMessage, settings: Settings) -> None:
    server = _MailServer(timeout=SMTP_SECONDS)
    too_slow = threading.Timer(SENDING_SECONDS, _cut_off, (server,))
    too_slow.daemon = True
    too_slow.start()
    try:
        code, greeting = server.connect(settings.smtp_host, settings.smtp_port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, greeting)
        if settings.smtp_starttls:
            server._host = settings.smtp_host  # type: ignore[attr-defined]  # whom the certificate must name
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(message)
        with contextlib.suppress(OSError, smtplib.SMTPException):  # the mail is taken, however the server says goodbye
            server.quit()
    finally:
        too_slow.cancel()
        server.close()


class _MailServer(smtplib.SMTP):
    """A conversation with one in which a reply has an end: `smtplib` keeps every line of it, however many come."""

    file: _Replies | None

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            assert self.sock is not None
            self.file = _Replies(self.sock.makefile("rb"))
        self.file.left = _LONGEST_REPLY
        return super().getreply()


class _Replies:
    """What a mail server says, so much at a time."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.left = 0

    def readline(self, size: int) -> bytes:
        line = self._stream.readline(size)
        self.left -= len(line)
        if self.left < 0:
            raise smtplib.SMTPException("a reply without an end")
        return line

    def close(self) -> None:
        self._stream.close()


def _cut_off(server: smtplib.SMTP) -> None:
    """Ends a conversation that takes too long, wherever it is."""
    with contextlib.suppress(OSError):
        if server.sock is not None:
            server.sock.shutdown(socket.SHUT_RDWR)


def _put_in_folder(message: EmailMessage, mail: Mail, settings: Settings) -> None:
    """One file a mail, named by its number: a mail that is sent twice is still one file."""
    write_whole(settings.mails / f"{mail.key:08d}.eml", message.as_bytes(policy=SMTP))


def _postpone(engine: Engine, mail: Mail, why: str) -> None:
    LOGGER.warning("Mail %d could not be sent (%s); it is tried again later.", mail.key, why)
    with writing(engine) as connection:
        outbox.postpone(connection, mail, why)


def _give_up(engine: Engine, mail: Mail, why: str) -> None:
    LOGGER.warning("Mail %d cannot be sent (%s) and is given up.", mail.key, why)
    with writing(engine) as connection:
        outbox.give_up(connection, mail, why)
