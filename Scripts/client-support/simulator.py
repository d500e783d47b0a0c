"""Starts and ends the twilio-simulator executable, and talks to it below any HTTP library."""

import base64
import os
import re
import socket
import subprocess
from dataclasses import dataclass, replace

SID = "AC" + "5e" * 16
OTHER_SID = "AC" + "77" * 16
TOKEN = "0123456789abcdef" * 2
WRONG_TOKEN = "f" * 32

# After which a simulator ends by itself, should nobody be left to end it.
LIFETIME_SECONDS = 120


class Simulator:
    """A twilio-simulator process with one account, for as long as the `with` block lasts."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.process = subprocess.Popen(
            [os.environ["TWILIO_SIMULATOR"], "--port", "0", "--account", SID, "--token", TOKEN,
             "--lifetime", str(LIFETIME_SECONDS), *self.options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        # The line, or the end of the output if the process ended first.
        line = self.process.stdout.readline()
        match = re.search(r"http://127\.0\.0\.1:(\d+)$", line.strip())
        if not match:
            self.__exit__()
            raise AssertionError(f"twilio-simulator did not say where it listens, but: {line!r}")
        self.url, self.port = match.group(), int(match.group(1))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def exchange(self, request, times=1):
        """What comes back, byte by byte until the end, for a request that is sent several times on one connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(request.bytes() * (times - 1) + replace(request, closes=True).bytes())
            return b"".join(iter(lambda: connection.recv(65_536), b""))


@dataclass(frozen=True)
class Request:
    """A request as it goes over the wire."""

    method: str
    host: str
    path: str
    authorization: str | None
    closes: bool = False

    def bytes(self):
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {self.host}", "Accept: application/json"]
        if self.method == "POST":
            lines += ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 0"]
        if self.authorization is not None:
            lines.append(f"Authorization: {self.authorization}")
        if self.closes:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode()


def basic(username, password):
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def request(call, username=SID, password=TOKEN, host=None, about=SID, authorization=...):
    """A request for a call of the table, as the account itself and at Twilio's own host unless told otherwise."""
    return Request(
        call.method, host or call.host, call.path.format(sid=about),
        basic(username, password) if authorization is ... else authorization)


def split(answer):
    """Status, header fields in their order and body of one answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split(" ")[1]), [tuple(line.split(": ", 1)) for line in lines], body
