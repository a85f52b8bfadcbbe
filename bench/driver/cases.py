"""The cases: what is started, what is measured, in which turns."""

import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time

from . import load, machine
from .flood import Flood
from .guest import ask_politely
from .issuer import Issuer
from .processes import Failed, Mock, Nginx, SESSIONS, Vmcp, count_tools, listens, wait_for


class Bench:
    """Settings and results of one benchmark run."""

    def __init__(self, tools, folder, rounds, seconds, warm_up, calm, quick):
        self.tools = tools
        self.folder = folder
        self.rounds = rounds
        self.seconds = seconds
        self.warm_up = warm_up
        self.calm = calm
        self.quick = quick
        self.results = {}
        self.failures = {}
        self.disturbed = 0

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def fresh_folder(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        return path

    def turns(self, name, targets, rounds=None, **options):
        """Measures all targets once per round, one after the other, and keeps the best of each."""
        runs = {label: [] for label, _, _, _ in targets}
        rounds = rounds or self.rounds
        for number in range(rounds):
            self.say(f"  {name}: round {number + 1} of {rounds}")
            for label, url, program, own in targets:
                if not machine.wait_until_calm(self.calm):
                    self.disturbed += 1
                settings = {"seconds": self.seconds, "warm_up": self.warm_up, **options, **own}
                runs[label].append(load.run(self.tools, url, program, **settings))
        self.results[name] = {label: load.best(found) for label, found in runs.items()}
        for label, found in self.results[name].items():
            if found["errors"]:
                self.failures[f"{name} ({label})"] = f"{found['errors']}, first: {found['first_error']}"
        return self.results[name]


@contextlib.contextmanager
def stack(bench, name, backends=1, mock_options=(), extra=""):
    """A mock, nginx and vmcp in front of it, ready."""
    folder = bench.fresh_folder(name)
    with contextlib.ExitStack() as running:
        mock = running.enter_context(Mock(bench.tools, folder, backends=backends, options=mock_options))
        targets = {"direct": (mock.url(), mock)}
        if bench.tools["nginx"]:
            nginx = running.enter_context(Nginx(bench.tools, folder, mock.ports))
            targets["nginx"] = (nginx.url(), nginx)
        if bench.tools["vmcp"]:
            vmcp = running.enter_context(Vmcp(bench.tools, folder, mock.ports, extra=extra))
            vmcp.ready(count_tools(mock.url()) * backends)
            targets["vmcp"] = (vmcp.url(), vmcp)
        yield targets


def call_targets(targets, tool, fan=1):
    """The same call on every target; only vmcp has the name of the backend in front of the tool's."""
    name = {"vmcp": {"tool": f"b{{}}_{tool}", "fan": fan}}
    return [(label, *target, name.get(label, {"tool": tool})) for label, target in targets.items()]


def plain_targets(targets):
    return [(label, *target, {}) for label, target in targets.items()]


def one_connection(bench, targets):
    """Short runs but many: at one connection all depends on which core the kernel puts each program for the run."""
    bench.turns(
        "latency_one_connection",
        call_targets(targets, "echo_1k"),
        connections=1,
        rounds=3 * bench.rounds,
        seconds=bench.seconds / 2,
    )


def calls(bench):
    with stack(bench, "calls") as targets:
        one_connection(bench, targets)
        bench.turns("call_1k", call_targets(targets, "echo_1k"), connections=64)
        bench.turns("call_100", call_targets(targets, "echo_100"), connections=64)
        bench.turns("call_32k", call_targets(targets, "echo_32k"), connections=64)
        bench.turns("call_1m", call_targets(targets, "echo_1m"), connections=16)
        bench.turns("argument_32k", call_targets(targets, "echo_100"), connections=64, argument_bytes=32768)
        bench.turns("list_10", plain_targets(targets), work="list", connections=64)
        bench.turns("sse_10_events", call_targets(targets, "progress_10"), connections=64, progress=10)
        bench.turns("steady_rate", call_targets(targets, "echo_1k"), connections=64, rate=5000)
        bench.turns("initialize_storm", plain_targets(targets), work="initialize", connections=64)


def calls_quick(bench):
    with stack(bench, "calls") as targets:
        one_connection(bench, targets)
        bench.turns("call_1k", call_targets(targets, "echo_1k"), connections=64)
        bench.turns("sse_10_events", call_targets(targets, "progress_10"), connections=64, progress=10)
        bench.turns("initialize_storm", plain_targets(targets), work="initialize", connections=64)


def lists(bench):
    for tools in (1000,) if bench.quick else (100, 1000):
        with stack(bench, f"list_{tools}", mock_options=("--tools", str(tools))) as targets:
            bench.turns(f"list_{tools}", plain_targets(targets), work="list", connections=16)


def many_backends(bench):
    for backends in (16, 128):
        with stack(bench, f"backends_{backends}", backends=backends) as targets:
            bench.turns(f"backends_{backends}", call_targets(targets, "echo_1k", backends), connections=64)


def hung_backend(bench):
    """15 good backends under a steady rate, with and without callers stuck on a sixteenth that is frozen."""
    folder = bench.fresh_folder("hung")
    with Mock(bench.tools, folder, "mock-good", backends=15) as good, Mock(bench.tools, folder, "mock-hung") as bad:
        with Vmcp(bench.tools, folder, [*good.ports, *bad.ports]) as vmcp:
            vmcp.ready(count_tools(good.url()) * 16)
            found = {"all_good": [], "one_hung": []}
            for number in range(bench.rounds):
                bench.say(f"  hung_backend: round {number + 1} of {bench.rounds}")
                machine.wait_until_calm(bench.calm)
                options = {
                    "tool": "b{}_echo_1k",
                    "fan": 15,
                    "rate": 4000,
                    "connections": 32,
                    "seconds": bench.seconds,
                    "warm_up": bench.warm_up,
                }
                found["all_good"].append(load.run(bench.tools, vmcp.url(), vmcp, **options))
                found["one_hung"].append(run_beside_stuck_callers(bench, vmcp, bad, options))
            bench.results["hung_backend"] = {label: load.best(runs) for label, runs in found.items()}
    for label, result in bench.results["hung_backend"].items():
        if result["errors"]:
            bench.failures[f"hung_backend ({label})"] = f"{result['errors']}, first: {result['first_error']}"


def run_beside_stuck_callers(bench, vmcp, bad, options):
    long = options["seconds"] + options["warm_up"] + 3
    stuck = load.start(
        bench.tools, vmcp.url(), tool="b15_echo_1k", connections=32, rate=200, warm_up=0, seconds=long, timeout=long
    )
    try:
        time.sleep(1)
        bad.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        return load.run(bench.tools, vmcp.url(), vmcp, **options)
    finally:
        bad.process.send_signal(signal.SIGCONT)
        stuck.kill()
        stuck.communicate()


def idle_connections(bench):
    """Memory of connections that have made one request and wait."""
    count = min(1000 if bench.quick else 10000, bench.tools["files"] - 1000)
    with stack(bench, "idle_connections") as targets:
        bench.results["idle_connections"] = {"count": count}
        for label in ("nginx", "vmcp"):
            if label in targets:
                url, program = targets[label]
                bench.say(f"  idle_connections: {count} to {label}")
                bench.results["idle_connections"][label] = hold_connections(bench, url, program, count)


def hold_connections(bench, url, program, count):
    before = program.resident_kb()
    holder = load.start(bench.tools, url, work="connections", connections=count, seconds=4, timeout=30)
    line = holder.stdout.readline()
    if "holding" not in line:
        load.finish(holder, 60)
        raise Failed("the load generator did not say that it holds its connections")
    time.sleep(1.5)
    held = program.resident_kb()
    result = load.finish(holder, 120)
    if result["errors"]:
        raise Failed(f"idle connections were lost: {result['errors']}, first: {result['first_error']}")
    return {"kb_before": before, "kb_held": held, "kb_each": (held - before) / count}


def idle_sessions(bench):
    """Memory of idle sessions, and whether they slow others: two vmcp in turns, one with and one without them."""
    folder = bench.fresh_folder("idle_sessions")
    out = bench.results["idle_sessions"] = {}
    with Mock(bench.tools, folder, options=("--sessions",)) as mock, Vmcp(
        bench.tools, folder, mock.ports, "vmcp-empty", SESSIONS
    ) as empty, Vmcp(bench.tools, folder, mock.ports, "vmcp-full", SESSIONS) as full:
        wanted = count_tools(mock.url())
        empty.ready(wanted)
        full.ready(wanted)
        opened = 0
        before = full.resident_kb()
        for target in (10_000,) if bench.quick else (10_000, 100_000):
            bench.say(f"  idle_sessions: opening {target}")
            result = load.run(bench.tools, full.url(), full, work="sessions", count=target - opened, connections=32)
            if result["errors"] or result["sessions"] != target - opened:
                raise Failed(f"{result['sessions']} sessions of {target - opened}: {result['first_error']}")
            opened = target
            time.sleep(1)
            kb = full.resident_kb()
            out[f"sessions_{target}"] = {
                "resident_mb": kb / 1024,
                "kb_each": (kb - before) / target,
                "opened_per_second": result["requests_per_second"],
            }
            name = f"beside_{target}_sessions"
            targets = [("without", empty.url(), empty, {}), ("with", full.url(), full, {})]
            bench.turns(name, targets, tool="b0_echo_1k", rate=2000, connections=16)
        touched_sessions(bench, mock, folder, out)


def touched_sessions(bench, mock, folder, out):
    """Sessions that have made a call hold a session with the backend, too."""
    count = 10_000
    with Vmcp(bench.tools, folder, mock.ports, "vmcp-touched", SESSIONS) as vmcp:
        vmcp.ready(count_tools(mock.url()))
        before = vmcp.resident_kb()
        result = load.run(
            bench.tools, vmcp.url(), vmcp, work="sessions", count=count, connections=32, touch=True, tool="b0_echo_100"
        )
        if result["errors"]:
            raise Failed(f"sessions with a call: {result['errors']}, first: {result['first_error']}")
        time.sleep(1)
        out["after_one_call"] = {"sessions": count, "kb_each": (vmcp.resident_kb() - before) / count}


def start_time(bench):
    folder = bench.fresh_folder("start")
    listening, ready = [], []
    with Mock(bench.tools, folder) as mock:
        wanted = count_tools(mock.url())
        for number in range(3 if bench.quick else 10):
            machine.wait_until_calm(bench.calm)
            with Vmcp(bench.tools, folder, mock.ports, f"vmcp-{number}", wait=False) as vmcp:
                wait_for("listening", lambda: listens(vmcp.port), vmcp, pause=0.0005)
                listening.append(1000 * (time.monotonic() - vmcp.began))
                vmcp.ready(wanted)
                ready.append(1000 * (time.monotonic() - vmcp.began))
    bench.results["start"] = {
        "listening_ms": statistics.median(listening),
        "listening_ms_worst": max(listening),
        "tools_listed_ms": statistics.median(ready),
    }


def backend_ready(bench):
    """How long after a backend starts to listen its tools can be seen through vmcp."""
    folder = bench.fresh_folder("backend_ready")
    waits = []
    for number in range(2 if bench.quick else 6):
        port = machine.free_port()
        with Vmcp(bench.tools, folder, [port], f"vmcp-{number}") as vmcp:
            time.sleep(1.5 + 0.37 * number)
            with Mock(bench.tools, folder, f"mock-{number}", options=("--port", str(port))) as mock:
                began = time.monotonic()
                vmcp.ready(count_tools(mock.url()), 30)
                waits.append(time.monotonic() - began)
    bench.results["backend_ready"] = {"seconds_median": statistics.median(waits), "seconds_worst": max(waits)}


def thousand_backends(bench):
    """1,000 backends with 10 tools each: what health checks cost, and whether lists are as fast as with one backend."""
    folder = bench.fresh_folder("thousand")
    with Mock(bench.tools, folder, backends=1000, options=("--tools", "10")) as mock, Mock(
        bench.tools, folder, "mock-one", options=("--tools", "10000")
    ) as one:
        with Vmcp(bench.tools, folder, mock.ports) as many, Vmcp(bench.tools, folder, one.ports, "vmcp-one") as single:
            many.ready(10_000, 120)
            single.ready(10_000, 120)
            time.sleep(3)
            seconds = 35
            before = many.cpu_seconds()
            time.sleep(seconds)
            share = (many.cpu_seconds() - before) / seconds
            bench.results["thousand_backends"] = {"idle_core_share": share, "resident_mb": many.resident_kb() / 1024}
            targets = [("one_backend", single.url(), single, {}), ("1000_backends", many.url(), many, {})]
            bench.turns("list_10000", targets, work="list", connections=4, rate=50)


def jwt(bench):
    """What a token that was verified before costs: the same calls with and without one, in turns."""
    folder = bench.fresh_folder("jwt")
    with Issuer(folder) as issuer, Mock(bench.tools, folder) as mock:
        token = issuer.token()
        with Vmcp(bench.tools, folder, mock.ports, "vmcp-anonymous") as anonymous, Vmcp(
            bench.tools, folder, mock.ports, "vmcp-jwt", incoming=issuer.config(), token=token
        ) as guarded:
            wanted = count_tools(mock.url())
            anonymous.ready(wanted)
            guarded.ready(wanted)
            targets = [
                ("anonymous", anonymous.url(), anonymous, {}),
                ("jwt", guarded.url(), guarded, {"authorization": f"Bearer {token}"}),
            ]
            bench.turns("jwt", targets, tool="b0_echo_1k", connections=64)


def bad_tokens(bench):
    """Good calls under a steady rate, with and without 10,000 forged ES384 tokens each second on another connection."""
    folder = bench.fresh_folder("badtokens")
    rate = 10_000
    with Issuer(folder) as issuer, Mock(bench.tools, folder) as mock:
        token = issuer.token()
        forged = list(issuer.forged("ES384", 2_000 if bench.quick else 50_000))
        with Vmcp(bench.tools, folder, mock.ports, incoming=issuer.config(), token=token) as vmcp:
            vmcp.ready(count_tools(mock.url()))
            options = {
                "tool": "b0_echo_1k",
                "rate": 1000,
                "connections": 16,
                "authorization": f"Bearer {token}",
                "seconds": bench.seconds,
                "warm_up": bench.warm_up,
            }
            found = {"quiet": [], "flooded": []}
            for number in range(bench.rounds):
                bench.say(f"  badtokens: round {number + 1} of {bench.rounds}")
                machine.wait_until_calm(bench.calm)
                found["quiet"].append(load.run(bench.tools, vmcp.url(), vmcp, **options))
                with Flood(vmcp.port, forged, rate) as flood:
                    found["flooded"].append(load.run(bench.tools, vmcp.url(), vmcp, **options))
                bench.say(f"    {flood.sent / flood.seconds:,.0f} forged tokens/s, answered {flood.statuses}")
            bench.results["badtokens"] = {label: load.best(runs) for label, runs in found.items()}
            bench.results["badtokens_flood"] = {"per_second": flood.sent / flood.seconds}
    for label, result in bench.results["badtokens"].items():
        if result["errors"]:
            bench.failures[f"badtokens ({label})"] = f"{result['errors']}, first: {result['first_error']}"


def policies(bench):
    """Decisions without a socket: what Cedar policies add to a list and to a call."""
    program = os.path.join(os.path.dirname(bench.tools["load"]), "vmcp_policies")
    found = []
    for number in range(bench.rounds):
        bench.say(f"  policies: round {number + 1} of {bench.rounds}")
        machine.wait_until_calm(bench.calm)
        found.append(json.loads(subprocess.run([program], check=True, capture_output=True, text=True, timeout=300).stdout))
    # Disturbance only ever makes a run slower.
    bench.results["policies"] = {name: min(run[name] for run in found) for name in found[0]}


CASES = {
    "start": start_time,
    "ready": backend_ready,
    "connections": idle_connections,
    "calls": calls,
    "lists": lists,
    "backends": many_backends,
    "hung": hung_backend,
    "sessions": idle_sessions,
    "thousand": thousand_backends,
    "guest": ask_politely,
    "jwt": jwt,
    "badtokens": bad_tokens,
    "policies": policies,
}
QUICK = {
    "start": start_time,
    "connections": idle_connections,
    "calls": calls_quick,
    "lists": lists,
    "sessions": idle_sessions,
}
NEED_VMCP = {"start", "ready", "hung", "sessions", "thousand", "guest", "jwt", "badtokens"}


def run_cases(bench, names):
    table = QUICK if bench.quick else CASES
    for name in names or table:
        if name in NEED_VMCP and not bench.tools["vmcp"]:
            bench.say(f"{name}: skipped, it needs vmcp")
            continue
        bench.say(f"{name}:")
        try:
            table.get(name, CASES[name])(bench)
        except (Failed, OSError, subprocess.SubprocessError) as error:
            bench.failures[name] = str(error)
            bench.say(f"  FAILED: {error}")
