"""An SMTP server on loopback that keeps what it is sent."""

from __future__ import annotations

import email
import email.policy
from contextlib import contextmanager
from email.message import EmailMessage
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

from tests.services.process import free_port
from tests.services.received import Received

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiosmtpd.smtp import SMTP, Envelope, Session


class SmtpServer(Received[EmailMessage]):
    """Reach it at `host:port`, plain and without login; an apprise address is `url_for(recipient)`."""

    host = "127.0.0.1"

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def apprise_url(self, recipient: str = "oncall@example.org", sender: str = "alerts@example.org") -> str:
        """The address that makes apprise send an email to `recipient` through this server."""
        return f"mailto://{self.host}:{self.port}?mode=insecure&from={sender}&to={recipient}&format=text"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd with a whole message."""
        content = envelope.content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
        return "250 OK" if self.take(message) else "451 try again later"


@contextmanager
def smtp() -> Iterator[SmtpServer]:
    """A server for the length of the block."""
    server = SmtpServer(free_port())
    controller = Controller(server, hostname=server.host, port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
