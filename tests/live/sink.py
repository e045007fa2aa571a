"""A mail server on the loopback that takes every message and keeps it."""

import asyncio
import collections
import threading

from aiosmtpd.controller import Controller


class Delivery(collections.namedtuple('Delivery', 'sender recipients content')):
    """What one SMTP transaction handed over. The content is as it came, with CR LF."""


class Sink:
    """Keeps deliveries in the order in which it accepted them.

    A recipient whose address starts with "later" is refused for now the first time for each
    message that names it. Each transaction takes `seconds`, so that a runner can be caught with a
    message in hand.
    """

    def __init__(self):
        self.deliveries = []
        self.seconds = 0.0
        self.lock = threading.Lock()
        self.refused = set()
        self.controller = Controller(self, hostname='127.0.0.1', port=0)

    def __enter__(self):
        # Controller's own check of its port does not know port 0.
        self.controller._trigger_server = lambda: None
        self.controller.start()
        self.port = self.controller.server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self.controller.stop(no_assert=True)

    async def handle_MAIL(self, server, session, envelope, address, options):
        await asyncio.sleep(self.seconds)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            self.deliveries.append(Delivery(envelope.mail_from, tuple(envelope.rcpt_tos),
                                            envelope.content))
        return '250 OK'

    def take(self):
        """Everything since the last call."""
        with self.lock:
            taken, self.deliveries = self.deliveries, []
        return taken

    def count(self):
        with self.lock:
            return len(self.deliveries)
