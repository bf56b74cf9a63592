# SPDX-License-Identifier: GPL-2.0-or-later
"""Inside the virtual machine: runs the tests and says on the console what came of them.

    guest.py PATIENCE OWNERSHIP TEST...

as stock.py has them.  The first runs by itself, since it meets a kernel that has yet to load
each module when it is asked for; then two at a time, since there are two processors.  The last
line is for stock.py, on the other side.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
KERNEL = HERE.parent / "kernel"
PROGRAMS = HERE.parents[1] / "build" / "tests"
AT_A_TIME = 2


def command(name, parts):
    if name.startswith("unit_"):
        return [PROGRAMS / name]
    (path,) = (f for f in (HERE / f"test_{name}.py", KERNEL / f"test_{name}.py") if f.exists())
    return [sys.executable, path, *parts]


def summary(text):
    """What unittest or cmocka says at the end, on one line."""
    lines = [line for line in text.splitlines() if line.strip()] or ["said nothing"]
    counts = [line for line in lines if line.startswith("Ran ") or "test(s) run" in line]
    return " / ".join((*counts[-1:], *(line for line in lines[-1:] if line not in counts)))


def run(test):
    """True if it has passed.  One that skips all has not: this machine was made for it."""
    name, _, parts = test.partition(":")
    argv = command(name, parts.split(",") if parts else [])
    begun = time.monotonic()
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    seconds = round(time.monotonic() - begun)
    passed = done.returncode == 0
    if not passed:
        print(done.stdout, flush=True)
    for line in done.stdout.splitlines() if passed else ():
        if "measured: " in line:
            print(line[line.index("measured: ") :], flush=True)
    verdict = "passed" if passed else f"FAILED, status {done.returncode}"
    print(f"{test}: {verdict} in {seconds} s: {summary(done.stdout)}", flush=True)
    return passed


def main():
    patience, ownership, *tests = sys.argv[1:]
    os.environ |= {"PATIENCE": patience, "OWNERSHIP": ownership, "PYTHONPATH": str(KERNEL)}
    first = pathlib.Path("/proc/1/comm").read_text().strip()
    up = pathlib.Path("/proc/uptime").read_text().split()[0]
    print(f"Linux {os.uname().release}, PID 1 is {first}, up after {up} s", flush=True)
    passed = [run(tests[0])]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        passed += pool.map(run, tests[1:])
    print(f"stock: {passed.count(True)} passed, {passed.count(False)} failed", flush=True)


if __name__ == "__main__":
    main()
