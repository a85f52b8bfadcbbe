"""The budgets of vmcp, judged on the figures of one run. Every budget is a ratio within the run, a size, or a time that
a shared machine can hold; a missed one is reported and never fails the run."""


def get(results, path):
    """results['a']['b'] for 'a/b'; None where it was not measured."""
    for key in path.split("/"):
        if not isinstance(results, dict) or key not in results:
            return None
        results = results[key]
    return results


def ratio(results, above, below):
    high, low = get(results, above), get(results, below)
    return high / low if high is not None and low else None


def difference(results, left, right):
    a, b = get(results, left), get(results, right)
    return a - b if a is not None and b is not None else None


def thousandth(value):
    return value / 1000 if value is not None else None


def whole_lists(results, case, target):
    rate, pages = get(results, f"{case}/{target}/requests_per_second"), get(results, f"{case}/{target}/pages")
    return rate / pages if rate is not None and pages else None


def list_ratio(results, case):
    through, direct = whole_lists(results, case, "vmcp"), whole_lists(results, case, "direct")
    return through / direct if through is not None and direct else None


def budgets(results):
    """Rows (text, limit, unit, value or None, met or None)."""
    one = "latency_one_connection"
    sessions = "beside_100000_sessions"
    rows = [
        (
            "tools/call 1 KB, 64 connections: CPU per request",
            "<=",
            20,
            "us",
            get(results, "call_1k/vmcp/cpu_us_per_request"),
        ),
        (
            "tools/call 1 KB, 64 connections: requests/s against nginx",
            ">=",
            0.75,
            "x",
            ratio(results, "call_1k/vmcp/requests_per_second", "call_1k/nginx/requests_per_second"),
        ),
        (
            "one connection: p50 added to direct",
            "<=",
            40,
            "us",
            difference(results, f"{one}/vmcp/p50_us", f"{one}/direct/p50_us"),
        ),
        (
            "one connection: p99 added to direct",
            "<=",
            150,
            "us",
            difference(results, f"{one}/vmcp/p99_us", f"{one}/direct/p99_us"),
        ),
        ("tools/list of 1,000 tools: lists/s against direct", ">=", 1 / 1.5, "x", list_ratio(results, "list_1000")),
        ("idle keep-alive connection", "<=", 2.5, "KB", get(results, "idle_connections/vmcp/kb_each")),
        (
            "idle session",
            "<=",
            2,
            "KB",
            get(results, "idle_sessions/sessions_100000/kb_each")
            or get(results, "idle_sessions/sessions_10000/kb_each"),
        ),
        (
            "100,000 idle sessions: resident memory",
            "<",
            512,
            "MB",
            get(results, "idle_sessions/sessions_100000/resident_mb"),
        ),
        (
            "100,000 idle sessions: p99 of others against none",
            "<=",
            1.25,
            "x",
            ratio(results, f"{sessions}/with/p99_us", f"{sessions}/without/p99_us"),
        ),
        (
            "one hung backend of 16: p99 of the others against none",
            "<=",
            1.25,
            "x",
            ratio(results, "hung_backend/one_hung/p99_us", "hung_backend/all_good/p99_us"),
        ),
        (
            "1,000 backends: health checks, share of a core",
            "<",
            0.02,
            "",
            get(results, "thousand_backends/idle_core_share"),
        ),
        (
            "1,000 backends, 10,000 tools: list p99 against one backend",
            "<=",
            1.25,
            "x",
            ratio(results, "list_10000/1000_backends/p99_us", "list_10000/one_backend/p99_us"),
        ),
        (
            "tools/call 1 KB with an access token: CPU per request above anonymous",
            "<=",
            2,
            "us",
            difference(results, "jwt/jwt/cpu_us_per_request", "jwt/anonymous/cpu_us_per_request"),
        ),
        (
            "10,000 forged ES384 tokens/s: p99 of good calls against none",
            "<=",
            2,
            "x",
            ratio(results, "badtokens/flooded/p99_us", "badtokens/quiet/p99_us"),
        ),
        (
            "20 policies, 500 tools: the first tools/list of a caller",
            "<",
            5,
            "ms",
            thousandth(get(results, "policies/list_cold_us")),
        ),
        ("the same, every later one", "<", 50, "us", get(results, "policies/list_warm_us")),
        ("20 policies: decision on a repeated tools/call", "<", 20, "us", get(results, "policies/call_warm_us")),
        ("start to listening", "<", 50, "ms", get(results, "start/listening_ms")),
        ("backend ready to routable", "<", 1, "s", get(results, "backend_ready/seconds_worst")),
    ]
    return [
        (text, f"{sign} {limit:.3g} {unit}".strip(), unit, value, judge(sign, limit, value))
        for text, sign, limit, unit, value in rows
    ]


def judge(sign, limit, value):
    if value is None:
        return None
    return {"<": value < limit, "<=": value <= limit, ">=": value >= limit}[sign]
