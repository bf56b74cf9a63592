#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever is done to our table while the daemon is dead: the next start ends in the ruleset
that it should, or it fails; it is never READY with less.

damage.py goes through all objects of the table.  After each damage the daemon is started; the
table must then be listed as it was before, and packets must go where they should.  The
daemon is killed again, and the next damage done.
"""

import concurrent.futures
import contextlib
import signal
import sys
import unittest

import damage
import flood
import hosts
from test_ownership import NONE, PERSIST
from test_transitions import comparable

WEB, SSH, OUT = 80, 22, 443
CLIENT, ADMINISTRATOR, UNKNOWN, US = "10.2.0.2", "10.9.0.2", "10.3.0.2", "10.20.0.1"
PASSING = [(CLIENT, US, WEB), (ADMINISTRATOR, US, SSH), (US, CLIENT, OUT)]
DORMANT, PERSISTS = 0x1, 0x4

# an object of each kind: hash and interval sets and maps, one that packets fill, counters
ROLE = """[role]
name = door
plays = door
peers = client
session-flows = web
[flow web]
port = 80, 8000-8100
protocol = tcp
source = client
target = door
[flow out]
port = 443
protocol = tcp
source = door
target = client
[size 1]
sessions = 100
"""
HOST = f"""[host]
roles = door
size = 1
[management]
from = {ADMINISTRATOR}
[peer client]
address = {CLIENT}, 10.2.1.0/24
"""


class Damage(unittest.TestCase):
    def prepare(self, ownership):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(US)
        self.outside.address(CLIENT, ADMINISTRATOR, UNKNOWN)
        self.us.serve(hosts.wildcards({("tcp", WEB), ("tcp", SSH)}))
        self.outside.serve(hosts.wildcards({("tcp", OUT)}))
        self.beside = self.enterContext(concurrent.futures.ThreadPoolExecutor(1))
        self.state = self.lab.directory / "state"
        self.config = self.lab.config()
        self.config.file("rolewall.conf", HOST)
        self.roles = self.lab.config()
        self.roles.file("door.conf", ROLE)
        self.ownership = ownership
        daemon = self.start()
        if f"ownership {ownership[1]}" not in daemon.stderr():
            self.skipTest(f"this kernel does not know ownership {ownership[1]}")
        self.kill(daemon)

    def start(self):
        daemon = self.us.start_daemon(
            self.config,
            roles_dir=self.roles.directory,
            state=self.state,
            arguments=self.ownership,
        )
        return daemon.wait_ready()

    def kill(self, daemon):
        daemon.signal(signal.SIGKILL)
        daemon.wait()
        daemon.end()

    def listing(self):
        return self.us.nft_json("table", "inet", "rolewall")

    def passing(self, timeout_ms=100):
        """Who gets through, in and out."""
        comes = [("tcp", s, US, p) for s in (CLIENT, ADMINISTRATOR, UNKNOWN) for p in (WEB, SSH)]
        goes = [("tcp", US, d, OUT) for d in (CLIENT, UNKNOWN)]
        tried = self.outside.connect(comes, timeout_ms) | self.us.connect(goes, timeout_ms)
        return [attempt[1:] for attempt, result in tried.items() if result == "open"]

    def assert_passing(self, found):
        if set(found) < set(PASSING):  # a machine that others use has not had the time
            found = self.passing(3000)
        self.assertEqual(found, PASSING)

    def table(self, listing):
        """As it is listed, but for what packets have left there."""
        table = comparable(listing)
        for body in (body for bodies in table.values() for body in bodies):
            body.pop("packets", None)
            body.pop("bytes", None)
            if body.get("name", "").startswith("session"):
                body.pop("elem", None)
        return table

    def assert_mended_by_a_start(self, before):
        """The listing of the table that is whole again."""
        daemon = self.start()
        try:
            passing = self.beside.submit(self.passing)
            listing = self.listing()
            after = self.table(listing)
            for name in sorted(before.keys() | after.keys()):
                self.assertEqual(after.get(name), before.get(name), name)
            self.assert_passing(passing.result())
        finally:
            self.kill(daemon)
        return listing

    @contextlib.contextmanager
    def each_from_a_whole_table(self, **what):
        """A failure leaves none for those that follow."""
        with self.subTest(**what):
            try:
                yield
            except Exception:
                self.us.run("nft", "delete", "table", "inet", "rolewall", check=False)
                self.kill(self.start())
                raise

    def assert_everything_is_mended(self, ownership, turn):
        """An everyday run does a third, another one in each mode, and all of a base chain."""
        self.prepare(ownership)
        listing = self.listing()
        before = self.table(listing)
        whats = [what for what, _ in damage.damages(listing)]
        self.assertGreater(len(whats), 100)
        for number, what in enumerate(whats):
            if number % hosts.length(1, 3) != turn % hosts.length(1, 3) and "input" not in what:
                continue
            with self.each_from_a_whole_table(what=what):
                # handles are others after each mending
                script = dict(damage.damages(listing or self.listing()))[what]
                listing = None  # unless the table is mended
                self.us.nft(script)
                listing = self.assert_mended_by_a_start(before)

    def test_a_table_that_was_left_behind(self):
        self.assert_everything_is_mended(PERSIST, 0)

    def test_a_table_that_is_anybody_s(self):
        self.assert_everything_is_mended(NONE, 1)

    def assert_no_gap_for_unknown_hosts(self, ownership):
        """Where the input chain was whole, it is so all the time."""
        self.prepare(ownership)
        stream = flood.Stream(self.outside, self.us, "new", UNKNOWN, US, WEB, 3000, False)
        with flood.Flood([stream]) as fire:
            for what in ("chain output removed", "chain forward of another priority",
                         "set sessions-100 counting otherwise", "table made another's"):
                for _ in range(hosts.length(20, 3)):
                    script = dict(damage.damages(self.listing())).get(what)
                    if script:
                        self.us.nft(script)
                    else:
                        self.ownership = NONE if self.ownership == PERSIST else PERSIST
                    self.kill(self.start())
        self.assertEqual(fire.faults(), [])

    def test_unknown_hosts_find_no_gap_in_a_table_that_was_left_behind(self):
        self.assert_no_gap_for_unknown_hosts(PERSIST)

    def test_unknown_hosts_find_no_gap_in_a_table_that_is_anybody_s(self):
        self.assert_no_gap_for_unknown_hosts(NONE)

    def assert_awakened(self, ownership, *flags):
        self.prepare(ownership)
        before = self.table(self.listing())
        for value in flags:
            with self.each_from_a_whole_table(flags=value):
                self.us.run(sys.executable, damage.__file__, value)
                self.assert_mended_by_a_start(before)

    def test_a_dormant_table_is_awakened(self):
        self.assert_awakened(NONE, DORMANT)

    def test_a_dormant_table_that_was_left_behind_is_awakened(self):
        self.assert_awakened(PERSIST, PERSISTS | DORMANT)


if __name__ == "__main__":
    hosts.main()
