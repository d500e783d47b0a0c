"""Kills a provider-server under load, again and again, and looks what its store holds afterwards.

Every writer updates a provider of its own, one token after the other; some of them are refused by the Twilio in this
process. After a kill and a new start, the server is made to use each stored token once, and Twilio tells which it was: the
last one that an update was answered 200 for, or the one whose answer the kill cut off; never one that was refused.
"""

import argparse
import http.client
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Twilio(BaseHTTPRequestHandler):
    """Accepts every token but those that begin with f, and remembers the last one of each account."""

    protocol_version = "HTTP/1.1"
    seen = {}

    def do_GET(self):
        sid, token = b64decode(self.headers["Authorization"].split()[1]).decode().split(":")
        Twilio.seen[sid] = token
        if token.startswith("f"):
            status, body = 401, {"code": 20003, "message": "Authenticate", "status": 401}
        else:
            status, body = 200, {"sid": sid, "status": "active"}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments):
        pass


class TwilioServer(ThreadingHTTPServer):
    """Serves it, and says nothing of connections that a kill cut off."""

    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """One process of provider-server, from its start to its death."""

    def __init__(self, program, store, twilio):
        self.process = subprocess.Popen(
            [program, "--port", "0", "--store", f"sqlite:{store}", "--twilio-url", twilio],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        self.port = int(re.search(r"listening on http://127\.0\.0\.1:(\d+)", line).group(1))

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Caller:
    """A kept connection to a server."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)

    def ask(self, method, path, body=None):
        headers = {"Authorization": "Bearer " + os.environ["PROVIDER_SERVER_TOKEN"]}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request(
            method, "/api/v1/providers" + path, None if body is None else json.dumps(body), headers)
        response = self.connection.getresponse()
        return response.status, response.read()


class Writer:
    """Updates one provider, and knows what its store may hold."""

    def __init__(self, number, seed):
        self.sid = "AC" + f"{number:032x}"
        self.random = random.Random(f"{seed}/{number}")
        self.held = self.token("0")
        self.pending = None
        self.id = None
        self.updates = self.refusals = 0

    def token(self, first):
        return first + "".join(self.random.choices("0123456789abcdef", k=31))

    def register(self, caller):
        status, body = caller.ask(
            "POST", "/twilio", {"accountSid": self.sid, "authToken": self.held, "name": "Crash"})
        assert status == 201, (status, body)
        self.id = json.loads(body)["id"]

    def write(self, server, failures):
        caller = Caller(server)
        try:
            while True:
                is_bad = self.random.random() < 0.3
                token = self.token("f" if is_bad else self.random.choice("0123456789abcde"))
                self.pending = None if is_bad else token
                status, body = caller.ask("PATCH", f"/twilio/{self.id}/auth-token", {"authToken": token})
                if status != (422 if is_bad else 200):
                    failures.append(f"update of {self.id}: {status} {body}")
                    return
                if is_bad:
                    self.refusals += 1
                else:
                    self.held, self.pending = token, None
                    self.updates += 1
        except (OSError, http.client.HTTPException):
            # The server is dead; whether the pending update was stored is not known.
            return

    def judge(self, server):
        Twilio.seen.pop(self.sid, None)
        status, body = Caller(server).ask("POST", f"/{self.id}/verify")
        stored = Twilio.seen.get(self.sid)
        if status != 200 or stored not in (self.held, self.pending):
            return f"{self.id}: the store holds neither the last token that was acknowledged nor the pending one ({status})"
        self.held, self.pending = stored, None
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--kills", type=int, required=True)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    moments = random.Random(options.seed)

    twilio = TwilioServer(("127.0.0.1", 0), Twilio)
    threading.Thread(target=twilio.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{twilio.server_address[1]}"
    writers = [Writer(number, options.seed) for number in range(options.writers)]
    failures, settled = [], 0
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "providers.sqlite")
        server = Server(options.program, store, address)
        for writer in writers:
            writer.register(Caller(server))
        for _ in range(options.kills):
            threads = [threading.Thread(target=writer.write, args=(server, failures)) for writer in writers]
            for thread in threads:
                thread.start()
            threads[0].join(moments.uniform(0.02, 0.6))
            server.kill()
            for thread in threads:
                thread.join()
            pending = [writer for writer in writers if writer.pending]
            before = {writer: writer.held for writer in pending}
            server = Server(options.program, store, address)
            failures += filter(None, (writer.judge(server) for writer in writers))
            settled += sum(writer.held != before[writer] for writer in pending)
        server.kill()
    twilio.shutdown()
    updates, refusals = sum(w.updates for w in writers), sum(w.refusals for w in writers)
    print(f"crash: server kills={options.kills} acknowledged={updates} refused={refusals} "
          f"stored-without-answer={settled} lost={len(failures)}")
    for failure in failures[:10]:
        print(f"  {failure}")
    return 1 if failures or updates == 0 or refusals == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
