"""What the kernel tells about processes and the machine (/proc, Linux only)."""

import os
import platform
import resource
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids):
    """User and system time that the processes have used."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def resident_kb(pids):
    """Resident memory, in KiB."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
    return total


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def busy_seconds():
    """CPU time that all processes of the machine have used since it started."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _iowait, irq, softirq = (int(x) for x in file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICK


def wait_until_calm(limit):
    """Waits, at most `limit` seconds, until less than a tenth of the machine is in use."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        before, began = busy_seconds(), time.monotonic()
        time.sleep(0.3)
        if busy_seconds() - before < 0.1 * os.cpu_count() * (time.monotonic() - began):
            return True
    return False


def free_port():
    """A port that is free now. Used where a program cannot choose one itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def raise_file_limit(wanted):
    """Raises the limit of open files as far as allowed; gives the limit that holds."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
    except (ValueError, PermissionError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else "unknown"


def describe():
    cpu = "unknown"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = int(file.readline().split()[1])
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_mb": memory // 1024,
        "kernel": platform.release(),
        "virtual": os.path.exists("/sys/hypervisor") or "hypervisor" in open("/proc/cpuinfo", encoding="utf-8").read(),
    }
