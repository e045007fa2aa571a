"""A mail server on the loopback that takes every message and keeps it."""

import asyncio
import collections
import threading

from aiosmtpd.smtp import SMTP


class Delivery(collections.namedtuple('Delivery', 'sender recipients content')):
    """What one SMTP transaction handed over. The content is as it came, with CR LF."""


class Sink:
    """Keeps deliveries in the order in which it accepted them.

    Recipients whose addresses start with "later" are refused for now, `refusals_left` times. Each
    transaction takes `seconds`, so that a runner can be caught with a message in hand.
    """

    def __init__(self):
        self.deliveries = []
        self.seconds = 0.0
        self.lock = threading.Lock()
        self.refusals_left = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        server = asyncio.run_coroutine_threadsafe(
            self.loop.create_server(lambda: SMTP(self, hostname='sink', loop=self.loop),
                                    '127.0.0.1', 0), self.loop).result(10)
        self.port = server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    async def handle_MAIL(self, server, session, envelope, address, options):
        await asyncio.sleep(self.seconds)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return '250 OK'

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('later') and self.refusals_left > 0:
            self.refusals_left -= 1
            return '451 try again later'
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
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
