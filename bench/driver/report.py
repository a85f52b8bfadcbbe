"""Writes the figures for people: docs/performance.md, and the same on the terminal."""

from .budgets import budgets, get, list_ratio, whole_lists

INTRO = """\
# Performance

> Written by `./dev bench`; do not edit. All figures come from one run on one machine and are good for comparison within
> this page. Ratios carry over to other machines, absolute figures do not.

## How it is measured

- `vmcp_mock` is an MCP server whose answers are rendered once at its start; `vmcp_load` is a load generator that checks
  every answer (status, id, size, number of progress notifications). Both use one thread, so that most of a small machine
  is left to what is measured. Everything talks over loopback and shares the cores.
- Three targets take turns within each round: **direct** (the mock itself), **nginx** (one worker, plain reverse proxy,
  keep-alive on both sides, no access log) and **vmcp**. nginx copies bytes and knows nothing of MCP; it shows what a byte
  proxy costs on this machine in the same minute. Of all rounds the best counts, because disturbance only makes a run
  slower; the medians are in `bench/results/latest.json`.
- *Closed loop*: every connection sends its next request when the last is answered. *Open loop* (where a rate is given):
  requests are due at a fixed rate, and latency counts from the moment a request was due, so that a stall counts against
  everyone who had to wait (no coordinated omission).
- CPU per request is user and system time of the proxy's processes, divided by all replies of the run.
- Memory is resident memory: after minus before, divided by the number of connections or sessions.
- Every client connection opens its own MCP session first; vmcp keeps one session with the backend for each of them.
"""

REPEAT = """\
## Repeat it

```
./dev bench               # everything; writes this page and bench/results/latest.json
./dev bench --quick       # less than a minute, writes nothing
./dev bench --only calls  # one group of cases; bench/run --help names them all
./dev bench --against PROGRAM  # the same with another vmcp in turns: what changed since that was built
```
"""

CALLS = [
    ("call_100", "tools/call, 100 B answer"),
    ("call_1k", "tools/call, 1 KB answer"),
    ("call_32k", "tools/call, 32 KB answer"),
    ("call_1m", "tools/call, 1 MB answer (16 connections)"),
    ("argument_32k", "tools/call, 32 KB argument"),
    ("sse_10_events", "tools/call with 10 progress events (SSE)"),
    ("initialize_storm", "initialize, a new session each"),
    ("backends_16", "tools/call, 1 KB, 16 backends in turn"),
    ("backends_128", "tools/call, 1 KB, 128 backends in turn"),
]
LISTS = [("list_10", "10"), ("list_100", "100"), ("list_1000", "1,000")]


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def table(heads, rows):
    lines = [
        "| " + " | ".join(heads) + " |",
        "|" + "|".join("---" if i == 0 else "--:" for i in range(len(heads))) + "|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def measured(value, unit):
    if value is None:
        return "-"
    return f"{number(value, 1 if abs(value) >= 10 else 3)} {unit}".strip()


def budget_table(results):
    words = {True: "met", False: "**missed**", None: "not measured"}
    rows = [(text, limit, measured(value, unit), words[met]) for text, limit, unit, value, met in budgets(results)]
    return "## Budgets\n\n" + table(("Figure", "Budget", "Measured", ""), rows)


def calls_table(results):
    rows = []
    for case, text in CALLS:
        found = results.get(case)
        if not found:
            continue
        rates = [get(found, f"{target}/requests_per_second") for target in ("direct", "nginx", "vmcp")]
        share = rates[2] / rates[1] if rates[1] and rates[2] else None
        rows.append(
            (
                text,
                *(number(rate) for rate in rates),
                number(share, 2),
                number(get(found, "nginx/cpu_us_per_request"), 1),
                number(get(found, "vmcp/cpu_us_per_request"), 1),
                number(get(found, "nginx/p99_us")),
                number(get(found, "vmcp/p99_us")),
            )
        )
    heads = (
        "64 connections, closed loop",
        "direct, req/s",
        "nginx, req/s",
        "vmcp, req/s",
        "vmcp / nginx",
        "nginx, CPU us",
        "vmcp, CPU us",
        "nginx, p99 us",
        "vmcp, p99 us",
    )
    return "## Calls\n\n" + table(heads, rows) if rows else ""


def lists_table(results):
    rows = []
    for case, text in LISTS:
        if case in results:
            rows.append(
                (
                    text,
                    *(number(whole_lists(results, case, t)) for t in ("direct", "nginx", "vmcp")),
                    number(list_ratio(results, case), 2),
                    number(get(results, f"{case}/vmcp/cpu_us_per_request"), 1),
                )
            )
    heads = ("tools/list, tools", "direct, lists/s", "nginx, lists/s", "vmcp, lists/s", "vmcp / direct", "vmcp, CPU us")
    return "## Lists\n\nvmcp answers lists from memory; no backend is asked.\n\n" + table(heads, rows) if rows else ""


def latency_table(results):
    rows = []
    for case, text in (
        ("latency_one_connection", "one connection, closed loop"),
        ("steady_rate", "5,000 calls/s, open loop"),
        ("hung_backend", "4,000 calls/s to 15 backends"),
        ("beside_10000_sessions", "2,000 calls/s beside 10,000 sessions"),
        ("beside_100000_sessions", "2,000 calls/s beside 100,000 sessions"),
        ("list_10000", "50 pages/s of a list of 10,000 tools"),
        ("jwt", "64 connections, closed loop, access tokens"),
        ("badtokens", "1,000 calls/s, forged ES384 tokens beside them"),
    ):
        for target, found in results.get(case, {}).items():
            rows.append(
                (text, target.replace("_", " "), *(number(found[f"{p}_us"]) for p in ("p50", "p90", "p99", "p99_9")))
            )
    return (
        "## Latency, us\n\n" + table(("tools/call, 1 KB answer", "target", "p50", "p90", "p99", "p99.9"), rows)
        if rows
        else ""
    )


def memory_table(results):
    rows = []
    count = get(results, "idle_connections/count")
    for target in ("nginx", "vmcp"):
        each = get(results, f"idle_connections/{target}/kb_each")
        if each is not None:
            rows.append(
                (
                    f"{count:,} idle connections, {target}",
                    f"{number(each, 2)} KB each",
                    f"{number(get(results, f'idle_connections/{target}/kb_held') / 1024, 1)} MB",
                )
            )
    for name in ("10000", "100000"):
        found = get(results, f"idle_sessions/sessions_{name}")
        if found:
            rows.append(
                (
                    f"{int(name):,} idle sessions",
                    f"{number(found['kb_each'], 2)} KB each",
                    f"{number(found['resident_mb'], 1)} MB",
                )
            )
    touched = get(results, "idle_sessions/after_one_call")
    if touched:
        rows.append(
            (f"{touched['sessions']:,} sessions after one call each", f"{number(touched['kb_each'], 2)} KB each", "")
        )
    many = results.get("thousand_backends")
    if many:
        rows.append(("1,000 backends, 10,000 tools", "", f"{number(many['resident_mb'], 1)} MB"))
    return "## Memory\n\n" + table(("", "each", "whole process"), rows) if rows else ""


def times_table(results):
    rows = []
    if "start" in results:
        found = results["start"]
        rows.append(
            (
                "start to listening, median / worst",
                f"{number(found['listening_ms'], 1)} / {number(found['listening_ms_worst'], 1)} ms",
            )
        )
        rows.append(("start to all tools listed, median", f"{number(found['tools_listed_ms'], 1)} ms"))
    if "backend_ready" in results:
        found = results["backend_ready"]
        rows.append(
            (
                "a backend that was down answers, to its tools being listed, median / worst",
                f"{number(found['seconds_median'], 2)} / {number(found['seconds_worst'], 2)} s",
            )
        )
    return "## Start\n\n" + table(("", "time"), rows) if rows else ""


def guest_table(results):
    found = results.get("guest")
    if not found:
        return ""
    parts = [
        ("at_start", "at the start"),
        ("idle_per_minute", "a minute without clients"),
        ("per_session", "a client session that calls, without its calls"),
        ("per_call", "a call"),
    ]
    rows = [
        (
            text,
            number(sum(found[part].values()), 1),
            ", ".join(f"{kind} {count:.3g}" for kind, count in found[part].items()),
        )
        for part, text in parts
        if part in found
    ]
    return "## Requests a backend gets\n\n" + table(("", "requests", "which"), rows)


def against_table(results):
    """vmcp divided by the program before it, of the best runs of each."""
    figures = (("requests_per_second", "rate"), ("cpu_us_per_request", "CPU"), ("p50_us", "p50"), ("p99_us", "p99"))
    rows = []
    for case, found in results.items():
        if "before" not in found or "requests_per_second" not in found["before"]:
            continue
        ratios = (
            found["vmcp"][name] / found["before"][name] if found["before"][name] else None for name, _ in figures
        )
        rows.append((case, *(number(ratio, 3) for ratio in ratios)))
    each = [get(results, f"idle_connections/{target}/kb_each") for target in ("vmcp", "before")]
    note = f"\nAn idle connection: {number(each[0] / each[1], 3)} x.\n" if all(each) else ""
    heads = ("vmcp / the program before", *(text for _, text in figures))
    return "## Against the program before\n\n" + table(heads, rows) + note if rows else ""


def run_section(data):
    m, s = data["machine"], data["settings"]
    lines = [
        f"- Machine: {m['cpu']}, {m['cores']} cores{' (virtual)' if m['virtual'] else ''}, {m['memory_mb']} MB, Linux {m['kernel']}",
        f"- Programs: {data['versions']['vmcp']}; {data['versions']['nginx']}; commit {data['commit']}",
        f"- {data['date']}; {s['rounds']} rounds of {s['seconds']:g} s after {s['warm_up']:g} s of warm-up",
    ]
    if data["disturbed_runs"]:
        lines.append(f"- Other programs were busy at the start of {data['disturbed_runs']} runs.")
    return "## This run\n\n" + "\n".join(lines) + "\n"


def failures_section(failures):
    if not failures:
        return ""
    return "## Failures\n\n" + "\n".join(f"- {name}: {text[:400]}" for name, text in failures.items()) + "\n"


def body(data):
    results = data["results"]
    parts = [
        budget_table(results),
        calls_table(results),
        lists_table(results),
        latency_table(results),
        memory_table(results),
        times_table(results),
        guest_table(results),
        against_table(results),
        failures_section(data["failures"]),
    ]
    return "\n".join(part for part in parts if part)


def page(data):
    return "\n".join((INTRO, run_section(data), body(data), REPEAT))
