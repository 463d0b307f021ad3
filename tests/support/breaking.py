"""A small server that attaches numbers to links, all or nothing, and fails where a test asks it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from xml.etree import ElementTree as ET

Point = Literal["arrived", "read", "acted", "answered"]
"""The points of a call: its head has arrived; its body is read; the numbers are attached; the answer is sent."""


class Cut(Exception):
    """Close the connection here without an answer."""


@dataclass
class Answer(Exception):
    """Send this answer here, whatever the call asks for."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """A call as it arrived."""

    target: str
    headers: dict[str, str]
    body: bytes = b""
    links: list[tuple[str, str]] = field(default_factory=list)
    status: int | None = None


def nothing(_: int, __: Point) -> None:
    """Let every call go through."""


class Breaking(ThreadingHTTPServer):
    """The server. It calls `script` at every point of every call (the first is 1), which may raise, sleep or kill."""

    daemon_threads = True

    def __init__(self, numbers: dict[str, str | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: Callable[[int, Point], None] = nothing
        self.numbers = numbers
        self.calls: list[Call] = []
        self.attachments: list[tuple[str, str]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def attached(self) -> dict[str, str]:
        """The number of each link; fails if anything was attached twice."""
        found = dict(self.attachments)
        assert len(found) == len(self.attachments), "a link was attached twice"
        assert len(set(found.values())) == len(found), "a number was attached twice"
        return found

    def act(self, links: list[tuple[str, str]]) -> None:
        """Attach all numbers, or answer why that is not possible."""
        with self.lock:
            held = {link for link in self.numbers.values() if link}
            for place, (link, _) in enumerate(links, start=1):
                if link in held:
                    raise refusal(f"Link ID {place} of {len(links)} already has a Voxnumber")
            for place, (_, number) in enumerate(links, start=1):
                if self.numbers.get(number, "") is not None:
                    raise refusal(f"VoxNumber {place} of {len(links)} not available")
            for link, number in links:
                self.numbers[number] = link
                self.attachments.append((link, number))

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing when a client is gone: that is what the tests do."""


def refusal(text: str, status: int = 400) -> Answer:
    """Make an answer that refuses a request."""
    return Answer(status, f'<errors><error status="{status}">{text}</error></errors>'.encode())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Breaking

    def do_PUT(self) -> None:
        call = Call(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.server.calls.append(call)
        number = len(self.server.calls)
        try:
            try:
                self._follow(call, number)
                answer = Answer(204)
            except Answer as other:
                answer = other
            call.status = answer.status
            self._answer(answer)
            self.server.script(number, "answered")
        except Cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _follow(self, call: Call, number: int) -> None:
        self.server.script(number, "arrived")
        call.body = self.rfile.read(int(self.headers["content-length"]))
        root = ET.fromstring(call.body)  # noqa: S314 - our own
        call.links = [(str(link.findtext("link_id")), str(link.findtext("full_voxnumber"))) for link in root]
        self.server.script(number, "read")
        self.server.act(call.links)
        self.server.script(number, "acted")

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def breaking(numbers: dict[str, str | None]) -> Iterator[Breaking]:
    """Run the server in threads of this process; `numbers` are the account's, with the links that have them."""
    with Breaking(numbers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
