#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""style.py format|tidy SOURCE_DIR BUILD_DIR: the two tools that hold the style of our C.

format: what is built and installed is as clang-format 14 would write it.  Another version breaks
lines elsewhere, so that only this one is asked; and of the long strings of the tests it makes
staircases, so that those are left to their writers.
tidy: clang-tidy finds nothing in lib/, daemon/ and ctl/ (.clang-tidy says what it looks for).
It reads BUILD_DIR/compile_commands.json, which every build writes.

A machine without the tool skips the test by name.  --fix, at the end, lets clang-format rewrite
the files.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

SKIPPED = 77
FORMAT_VERSION = "14"
FOLDERS = ("lib", "daemon", "reader", "ctl")
FILES_A_RUN = 8


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(SKIPPED)


def tool(name):
    """Where it is: Debian keeps several versions side by side."""
    found = shutil.which(f"{name}-{FORMAT_VERSION}") or shutil.which(name)
    return found or skip(f"there is no {name}")


def sources(root, suffixes):
    files = [p for f in FOLDERS for p in sorted((root / f).rglob("*")) if p.suffix in suffixes]
    assert files, f"no source file in {root}"
    return [p.as_posix() for p in files]


def check_format(root, fix):
    program = tool("clang-format")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    if not re.search(rf"version {FORMAT_VERSION}\.", version.stdout):
        skip(f"clang-format is not version {FORMAT_VERSION}: {version.stdout.strip()}")
    how = ["-i"] if fix else ["--dry-run", "-Werror"]
    return subprocess.run([program, *how, *sources(root, (".c", ".h"))], check=False).returncode


def check_tidy(root, build):
    program = tool("clang-tidy")
    if not (build / "compile_commands.json").is_file():
        skip(f"{build}/compile_commands.json is not there: cmake has not written it")
    files = sources(root, (".c",))

    def run(some):
        return subprocess.run(
            [program, "-p", build, "--quiet", *some], capture_output=True, text=True, check=False
        )

    parts = [files[i : i + FILES_A_RUN] for i in range(0, len(files), FILES_A_RUN)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = list(pool.map(run, parts))
    faults = {r.stdout for r in runs if r.returncode != 0}
    print(*sorted(faults), sep="")
    return 1 if any(r.returncode != 0 for r in runs) else 0


def main():
    arguments = [a for a in sys.argv[1:] if a != "--fix"]
    if len(arguments) != 3 or arguments[0] not in ("format", "tidy"):
        sys.exit("usage: style.py format|tidy SOURCE_DIR BUILD_DIR [--fix]")
    root, build = Path(arguments[1]), Path(arguments[2])
    if arguments[0] == "format":
        return check_format(root, "--fix" in sys.argv)
    return check_tidy(root, build)


if __name__ == "__main__":
    sys.exit(main())
