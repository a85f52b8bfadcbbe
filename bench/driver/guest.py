"""How many requests a backend gets from vmcp: at the start, while nothing happens, for each client session, for each call."""

import time

from .counting import LISTS, CountingBackend
from .processes import Failed, Vmcp, rpc, wait_for

# Two handshakes, of the monitor and of the session that reads the lists and hears of changes; each list once; one GET,
# with which that session asks for its stream.
AT_START = {"initialize": 2, "notifications/initialized": 2, "GET": 1, **dict.fromkeys(LISTS, 1)}
# A client session that calls: its own handshake at the backend, and its end.
PER_SESSION = {"initialize": 1, "notifications/initialized": 1, "DELETE": 1}
PER_CALL = {"tools/call": 1}
# With the defaults: a probe every 30 s, each list once a minute, give or take one.
MOST_IDLE_PER_MINUTE = {"ping": 3, **dict.fromkeys(LISTS, 2)}

SESSIONS = 20
CALLS_EACH = 25


def quiet(backend, vmcp, pause=1.0):
    """Waits until nothing has come for `pause` seconds; what comes at regular times apart."""
    last = [backend.count(), time.monotonic()]

    def rests():
        now = backend.count()
        if now != last[0]:
            last[:] = [now, time.monotonic()]
        return time.monotonic() - last[1] >= pause

    wait_for("no request to the backend for a while", rests, vmcp, 15)


def client(url, calls):
    """One client session that calls `calls` times and ends."""
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    session, _ = rpc(url, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    rpc(url, {"jsonrpc": "2.0", "method": "notifications/initialized"}, session)
    call = {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "b0_echo", "arguments": {}}}
    for number in range(calls):
        _, answer = rpc(url, {**call, "id": number + 2}, session)
        if "result" not in answer:
            raise Failed(f"a call was answered {answer}")
    rpc(url, None, session, method="DELETE")


def without_rhythm(seen):
    """Probes and refreshes come when they are due, also beside what is measured."""
    return {kind: count for kind, count in seen.items() if kind != "ping" and kind not in LISTS}


def each(seen, number):
    return {kind: count / number for kind, count in sorted(seen.items())}


def ask_politely(bench):
    folder = bench.fresh_folder("guest")
    found = bench.results["guest"] = {}
    with CountingBackend() as backend, Vmcp(bench.tools, folder, [backend.port]) as vmcp:
        vmcp.ready(1)
        quiet(backend, vmcp)
        found["at_start"] = each(backend.taken(), 1)

        seconds = 10 if bench.quick else 120
        bench.say(f"  guest: idle for {seconds} s")
        time.sleep(seconds)
        found["idle_per_minute"] = each(backend.taken(), seconds / 60)

        for _ in range(SESSIONS):
            client(vmcp.url(), CALLS_EACH)
        wanted = SESSIONS * (CALLS_EACH + len(PER_SESSION))
        wait_for("the ends of all sessions", lambda: backend.count() >= wanted, vmcp, 10)
        quiet(backend, vmcp)
        seen = without_rhythm(backend.taken())
        found["per_call"] = each({"tools/call": seen.pop("tools/call", 0)}, SESSIONS * CALLS_EACH)
        found["per_session"] = each(seen, SESSIONS)
    for part, problem in problems(found, bench.quick):
        bench.failures[f"guest ({part})"] = problem


def problems(found, quick):
    """What the backend got beyond, or short of, what is documented."""
    for part, expected in (("at_start", AT_START), ("per_session", PER_SESSION), ("per_call", PER_CALL)):
        if found[part] != expected:
            yield part, f"{found[part]} instead of {expected}"
    if quick:
        return  # ten seconds say little of a minute
    idle = found["idle_per_minute"]
    for kind, count in idle.items():
        if count > MOST_IDLE_PER_MINUTE.get(kind, 0):
            yield "idle_per_minute", f"{count:g} x {kind}"
