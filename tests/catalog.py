#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""catalog.py SOURCE_DIR: each kind of event that the daemon tells of has an entry in the journal's
catalog, and each entry a kind of event.

What journalctl shows instead of a fault in the catalog is nothing at all, so its form is looked at
as well: every entry has a subject, who has defined it and a text, and the fields between its @s are
fields that the daemon sends.
"""

import collections
import re
import sys
from pathlib import Path

EVENT = re.compile(r'EVENT\((\w+), "([a-z-]+)", "(\w+)"\)')
ID = re.compile(r"[0-9a-f]{32}")
ENTRY = re.compile(r"^-- (.*)\n", re.MULTILINE)
FIELD = re.compile(r"@([^@\s]*)@")
SENT = re.compile(r'\bfield\(\s*[^,]+,\s*"([A-Z_]+)"')


def events(root):
    """(name, word, id) of each."""
    return EVENT.findall((root / "daemon/events.h").read_text())


def entries(root):
    """{id: [text, ...]}: what stands below "-- id"."""
    found = collections.defaultdict(list)
    parts = ENTRY.split((root / "systemd/rolewall.catalog").read_text())[1:]
    for number, text in zip(parts[::2], parts[1::2], strict=True):
        found[number].append(text)
    return found


def fields(root):
    """Those that the daemon sends."""
    return {f for path in (root / "daemon").glob("*.c") for f in SENT.findall(path.read_text())}


def faults_of_entry(number, text, sent):
    head, _, body = text.partition("\n\n")
    keys = [line.partition(": ")[0] for line in head.splitlines()]
    for key in ("Subject", "Defined-By", "Documentation"):
        if keys.count(key) != 1:
            yield f"{number}: {keys.count(key)} lines {key}:"
    if not body.strip():
        yield f"{number}: says nothing"
    for name in FIELD.findall(text):
        if name not in sent:
            yield f"{number}: @{name}@ is no field that the daemon sends"


def faults(root):
    known, told, sent = events(root), entries(root), fields(root)
    if not known or not sent:
        yield "no event or no field is found: the way they are written has changed"
    for part in range(3):
        for value, n in collections.Counter(event[part] for event in known).items():
            if n > 1:
                yield f"daemon/events.h: {value} is there {n} times"
    for name, _, number in known:
        if not ID.fullmatch(number):
            yield f"daemon/events.h: {name}: {number} is no id"
        if len(told[number]) != 1:
            yield f"daemon/events.h: {name}: {number} has {len(told[number])} entries in the catalog"
    for number in set(told) - {event[2] for event in known}:
        yield f"{number}: the daemon never tells of it"
    for number, texts in told.items():
        for text in texts:
            yield from faults_of_entry(number, text, sent)


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} SOURCE_DIR")
    found = sorted(faults(Path(sys.argv[1])))
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
