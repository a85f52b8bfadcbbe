"""The programs of a benchmark as objects: each starts in a temporary folder and ends with its `with` block."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from . import machine


class Failed(Exception):
    """A case could not be measured; the text says why."""


class Program:
    """A running program with its output in a file."""

    def __init__(self, folder, name, command):
        self.log = os.path.join(folder, f"{name}.log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        self.name = name

    def pids(self):
        return [self.process.pid]

    def cpu_seconds(self):
        return machine.cpu_seconds(self.pids())

    def resident_kb(self):
        return machine.resident_kb(self.pids())

    def log_end(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-5:]).strip()

    def check_alive(self):
        code = self.process.poll()
        if code is not None:
            raise Failed(f"{self.name} ended with status {code}: {self.log_end()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def wait_for(what, condition, program, limit=20.0, pause=0.005):
    end = time.monotonic() + limit
    while not condition():
        program.check_alive()
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {limit:.0f} s; {program.name} says: {program.log_end()}")
        time.sleep(pause)


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Mock(Program):
    def __init__(self, tools, folder, name="mock", backends=1, options=()):
        super().__init__(folder, name, [tools["mock"], "--backends", str(backends), *options])
        self.ports = []
        wait_for("the mock backend", self._read_ports, self)

    def _read_ports(self):
        with open(self.log, encoding="utf-8") as file:
            line = file.readline()
        if not line.endswith("\n"):
            return False
        self.ports = json.loads(line)["ports"]
        return True

    def url(self):
        return f"http://127.0.0.1:{self.ports[0]}/mcp"


NGINX = """\
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
daemon off;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    client_max_body_size 64m;
    client_body_buffer_size 1m;
    proxy_buffer_size 16k;
    proxy_buffers 32 64k;
    proxy_busy_buffers_size 128k;
    proxy_max_temp_file_size 0;
    upstream mock {{
{servers}
        keepalive 512;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://mock;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""


class Nginx(Program):
    """nginx as a plain reverse proxy: one worker, keep-alive on both sides, no temporary files."""

    def __init__(self, tools, folder, ports):
        self.port = machine.free_port()
        files = tools["files"]
        servers = "\n".join(f"        server 127.0.0.1:{port};" for port in ports)
        path = os.path.join(folder, "nginx.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                NGINX.format(
                    folder=folder, port=self.port, servers=servers, files=files, connections=min(files - 100, 32768)
                )
            )
        super().__init__(folder, "nginx", [tools["nginx"], "-p", folder, "-c", path])
        wait_for("nginx", lambda: listens(self.port), self)

    def pids(self):
        return [self.process.pid, *machine.children(self.process.pid)]

    def url(self):
        return f"http://127.0.0.1:{self.port}/mcp"


CONFIG = """\
name: bench
groupRef: bench
backends:
{backends}
incomingAuth:
{incoming}outgoingAuth:
  source: inline
  default:
    type: unauthenticated
aggregation:
  conflictResolution: prefix
  conflictResolutionConfig:
    prefixFormat: "{{workload}}_"
{extra}"""

ANONYMOUS = "  type: anonymous\n"
SESSIONS = "sessions:\n  maxSessions: 250000\n"


class Vmcp(Program):
    """vmcp in front of mock backends named b0, b1, ...; ready() waits until it lists their tools."""

    def __init__(self, tools, folder, ports, name="vmcp", extra="", wait=True, incoming=ANONYMOUS, token=None):
        self.token = token
        config = os.path.join(folder, f"{name}.yaml")
        rows = (
            f"  - name: b{i}\n    url: http://127.0.0.1:{port}/mcp\n    transport: streamable-http"
            for i, port in enumerate(ports)
        )
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(backends="\n".join(rows), extra=extra, incoming=incoming))
        self.port = machine.free_port()
        self.began = time.monotonic()
        super().__init__(
            folder, name, [tools["vmcp"], "serve", "--config", config, "--host", "127.0.0.1", "--port", str(self.port)]
        )
        if wait:
            wait_for("vmcp", lambda: listens(self.port), self)

    def url(self):
        return f"http://127.0.0.1:{self.port}/mcp"

    def ready(self, tools, limit=60.0):
        """Waits until tools/list has this many tools."""
        found = 0

        def enough():
            nonlocal found
            found = count_tools(self.url(), self.token)
            return found >= tools

        try:
            wait_for("the tools of the backends", enough, self, limit, 0.02)
        except Failed as error:
            raise Failed(f"{error} (tools listed: {found} of {tools})") from error
        return self


def rpc(url, body, session=None, method="POST", token=None):
    """One message, or with `body` None none; gives the session id and the JSON of the answer."""
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if session:
        headers["Mcp-Session-Id"] = session
        headers["MCP-Protocol-Version"] = "2025-11-25"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as reply:
        text = reply.read().decode()
        return reply.headers.get("Mcp-Session-Id"), json.loads(text) if text.startswith("{") else {}


def count_tools(url, token=None):
    """The number of tools in all pages; 0 when the server cannot be asked."""
    try:
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        session, _ = rpc(url, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}, token=token)
        rpc(url, {"jsonrpc": "2.0", "method": "notifications/initialized"}, session, token=token)
        count, params = 0, {}
        while True:
            ask = {"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": params}
            _, page = rpc(url, ask, session, token=token)
            count += len(page["result"]["tools"])
            if "nextCursor" not in page["result"]:
                return count
            params = {"cursor": page["result"]["nextCursor"]}
    except (OSError, KeyError, ValueError, urllib.error.URLError):
        return 0
