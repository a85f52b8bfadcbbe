"""Sends requests with forged tokens at a steady rate over one connection, beside whatever is measured."""

import re
import socket
import threading
import time

from .processes import Failed

STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
BODY = b'{"jsonrpc":"2.0","id":1,"method":"ping"}'


class Flood:
    """Runs while its `with` block does. `sent` and `statuses` tell afterwards what came of it."""

    def __init__(self, port, tokens, rate, at_once=50):
        head = f"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        one = [
            f"{head}Authorization: Bearer {token}\r\nContent-Length: {len(BODY)}\r\n\r\n".encode() + BODY
            for token in tokens
        ]
        self.batches = [b"".join(one[i : i + at_once]) for i in range(0, len(one), at_once)]
        self.at_once = at_once
        self.pause = at_once / rate
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.sent, self.statuses, self.problem = 0, {}, ""
        self.began = self.seconds = 0.0

    def _answers(self):
        seen, rest = 0, b""
        while seen < self.at_once:
            data = self.socket.recv(1 << 18)
            if not data:
                raise OSError("the connection was closed")
            rest += data
            found = STATUS.findall(rest)
            for status in found:
                self.statuses[int(status)] = self.statuses.get(int(status), 0) + 1
            seen += len(found)
            rest = rest[-11:]  # one byte less than a status line needs: none is counted twice

    def _run(self):
        try:
            due, number = time.monotonic(), 0
            while not self.over.is_set():
                self.socket.sendall(self.batches[number % len(self.batches)])
                self._answers()
                self.sent += self.at_once
                number += 1
                due = max(due + self.pause, time.monotonic() - 0.1)
                time.sleep(max(0.0, due - time.monotonic()))
        except OSError as error:
            self.problem = str(error)

    def __enter__(self):
        self.began = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *failed):
        self.over.set()
        self.thread.join(15)
        self.seconds = time.monotonic() - self.began
        self.socket.close()
        if not failed[0] and (self.problem or set(self.statuses) - {401, 429, 503}):
            raise Failed(f"the flood of forged tokens: {self.problem or self.statuses}")
