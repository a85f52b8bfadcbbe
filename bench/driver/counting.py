"""A backend that counts: an MCP server (2025-11-25, Streamable HTTP) with one tool that keeps the kind of every request."""

import http.server
import json
import threading
from collections import Counter

CAPABILITIES = {"tools": {}, "resources": {}, "prompts": {}}
LISTS = {
    "tools/list": {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]},
    "resources/list": {"resources": []},
    "resources/templates/list": {"resourceTemplates": []},
    "prompts/list": {"prompts": []},
}
RESULTS = {
    **LISTS,
    "initialize": {
        "protocolVersion": "2025-11-25",
        "capabilities": CAPABILITIES,
        "serverInfo": {"name": "counting", "version": "1"},
    },
    "ping": {},
    "tools/call": {"content": [{"type": "text", "text": "done"}]},
}


class CountingBackend:
    """Listens while its `with` block runs. taken() gives {kind: number} since it was asked last."""

    def __init__(self):
        self._lock = threading.Lock()
        self._seen = Counter()
        self._sessions = 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def taken(self):
        with self._lock:
            seen, self._seen = self._seen, Counter()
        return dict(seen)

    def count(self):
        with self._lock:
            return sum(self._seen.values())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def _note(self, kind):
        with self._lock:
            self._seen[kind] += 1

    def _new_session(self):
        with self._lock:
            self._sessions += 1
            return f"session-{self._sessions}"

    def _handler(self):
        backend = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body=None, fields=()):
                text = b"" if body is None else json.dumps(body).encode()
                self.send_response(status)
                for name, value in fields:
                    self.send_header(name, value)
                if body is not None:
                    self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                kind = message.get("method", "response")
                backend._note(kind)
                if "id" not in message or "method" not in message:
                    return self.answer(202)
                result = RESULTS.get(kind)
                if result is None:
                    error = {"code": -32601, "message": f"Method not found: {kind}"}
                    return self.answer(200, {"jsonrpc": "2.0", "id": message["id"], "error": error})
                fields = [("Mcp-Session-Id", backend._new_session())] if kind == "initialize" else []
                return self.answer(200, {"jsonrpc": "2.0", "id": message["id"], "result": result}, fields)

            def do_GET(self):
                backend._note("GET")
                self.answer(405)

            def do_DELETE(self):
                backend._note("DELETE")
                self.answer(200)

        return Handler
