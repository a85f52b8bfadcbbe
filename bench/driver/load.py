"""Runs of the load generator, alone or in turns against several targets."""

import json
import subprocess

from . import machine
from .processes import Failed


def options_of(options):
    """{'tool': 'x', 'raw': True} as command line options."""
    out = []
    for key, value in options.items():
        if value is True:
            out.append(f"--{key.replace('_', '-')}")
        elif value is not False and value is not None:
            out += [f"--{key.replace('_', '-')}", str(value)]
    return out


def start(tools, url, **options):
    return subprocess.Popen(
        [tools["load"], url, *options_of(options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process, limit):
    try:
        out, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise Failed(f"the load generator did not end within {limit:.0f} s") from error
    if process.returncode != 0:
        raise Failed(errors.strip() or f"the load generator ended with status {process.returncode}")
    return json.loads(out.splitlines()[-1])


def run(tools, url, program=None, limit=None, **options):
    """One run. With `program`: also its CPU time per reply, and the CPU time that others used meanwhile."""
    seconds = float(options.get("seconds", 5)) + float(options.get("warm_up", 1))
    busy = machine.busy_seconds()
    own = program.cpu_seconds() if program else 0.0
    result = finish(start(tools, url, **options), limit or seconds + 120)
    if program:
        program.check_alive()
        used = program.cpu_seconds() - own
        result["cpu_us_per_request"] = 1e6 * used / max(result["replies"], 1)
        result["resident_kb"] = program.resident_kb()
    result["machine_busy_seconds"] = machine.busy_seconds() - busy
    return result


def best(runs):
    """The figures of several runs of one case on one target. Disturbance only ever makes a run slower, so the best
    run says most about the program; the median is kept to show how far the rounds lie apart."""

    def values(path):
        out = []
        for one in runs:
            for key in path.split("."):
                one = one.get(key) if one is not None else None
            if one is not None:
                out.append(one)
        return sorted(out)

    def median(path):
        found = values(path)
        return found[len(found) // 2] if found else None

    errors = {}
    for one in runs:
        for kind, count in one["errors"].items():
            errors[kind] = errors.get(kind, 0) + count
    out = {
        "requests_per_second": values("requests_per_second")[-1],
        "requests_per_second_median": median("requests_per_second"),
        "errors": errors,
        "first_error": next((one["first_error"] for one in runs if one["first_error"]), ""),
        "rounds": len(runs),
    }
    for name in ("mean", "p50", "p90", "p99", "p99_9", "max"):
        out[f"{name}_us"] = values(f"latency_us.{name}")[0]
        out[f"{name}_us_median"] = median(f"latency_us.{name}")
    if values("cpu_us_per_request"):
        out["cpu_us_per_request"] = values("cpu_us_per_request")[0]
        out["cpu_us_per_request_median"] = median("cpu_us_per_request")
        out["resident_kb"] = values("resident_kb")[-1]
    for name in ("tools", "pages"):
        if name in runs[0]:
            out[name] = runs[0][name]
    return out
