#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGKILL at any moment leaves one of two rulesets: that from before the reload, or the new
one.  Never half of one, never none; and the next daemon takes over without a gap.

Two configurations of a few thousand addresses take turns, and the daemon is killed at a
random moment of its start or of its reload.  Then the table is
compared with what a daemon that nobody killed has made of either file.  A flood goes on
all the time: what both configurations allow must not lose a packet, what both forbid must
not get one through.

To compare a few thousand elements six hundred times takes longer than to kill, so a digest
of the listing stands for the table.
"""

import hashlib
import json
import random
import re
import signal
import time
import unittest

import flood
import hosts
from test_ownership import NONE, OWNER, PERSIST
from test_transitions import comparable

KILLS, KILLS_WITH_RANGES = hosts.length(500, 100), hosts.length(100, 40)
KILLS_IN_PARTS = hosts.length(100, 10)
LINES, FEWER_LINES = 2000, 500  # of a peer file; most are in both configurations
MANY_LINES = 12000  # more than one transaction has
US, SENDER = ("10.20.0.1", "2001:db8:20::1"), ("10.2.0.22", "2001:db8:2::22")
SENDER_RANGES = ("10.2.0.20-10.2.0.22", "2001:db8:2::20-2001:db8:2::2f")
UNKNOWN = ("10.99.0.1", "2001:db8:99::1")
IN, CLOSED = 7000, 7002
CONFIG = """\
[host]
roles = proxy
[management]
from = 10.0.9.0/24
[peer sender]
address = {sender}
[peer linux-host]
file = {name}.list
[peer windows-host]
address = 10.30.0.0/16
[peer app-server]
address = 10.20.0.10
[peer ssh-client]
address = 10.2.1.0/24
[peer rdp-client]
address = 10.2.3.0/24
[flow in]
port = {ports}
protocol = udp
source = sender
target = this-host
[flow {name}]
port = {own}
protocol = tcp
source = linux-host
target = this-host
"""
# name: (who may send beside the sender, ports of flow in, port of the flow named so)
CONFIGURATIONS = {"a": ((), f"{IN}", "2201"), "b": (("10.2.0.23",), f"{IN}, 7100", "2202")}


def in_use(table):
    """What a packet can meet: the base chains, and whatever they lead to.  A reload makes what
    is new before anything leads to it, so that may lie there unused."""
    found, todo = {}, ["input", "forward", "output"]
    while todo:
        name = todo.pop()
        parts = {
            f"{kind} {name}": table[f"{kind} {name}"]
            for kind in ("chain", "rule", "set", "map")
            if f"{kind} {name}" in table
        }
        if not parts or parts.items() <= found.items():
            continue
        found.update(parts)
        text = json.dumps(parts)
        todo += re.findall(r'\\*"target\\*": \\*"([^"\\]+)', text)
        todo += re.findall(r'"@([^"]+)"', text)
    return found


def digest(listing):
    """Of everything that a packet can meet.  A ruleset that takes over an unknown table has its
    sets of addresses under other names for a while ("peer-x-hosts4-1")."""
    plain = re.sub(r"-(hosts|ranges)([46])-\d+", r"-\1\2", json.dumps(in_use(comparable(listing))))
    return hashlib.sha256(json.dumps(json.loads(plain), sort_keys=True).encode()).hexdigest()


class Kill(unittest.TestCase):
    def prepare(self, sender, way=PERSIST, lines=LINES):
        """How the sender of the flood is written, as hosts or as ranges; whose the table is."""
        self.sender = sender
        self.way = way
        self.kept_socket = None  # what the service manager keeps, if the way needs it
        self.rng = random.Random(9)
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*US)
        self.outside.address(*SENDER, *UNKNOWN)
        self.config = self.lab.config()
        self.state = self.lab.directory / "state"  # of one host, whoever runs on it
        both = [self.line() for _ in range(lines)]
        for name in CONFIGURATIONS:
            own = [self.line() for _ in range(lines // 4)]
            self.config.file(f"{name}.list", "\n".join(both + own) + "\n")
        self.wanted = {self.made_in_peace(name): name for name in CONFIGURATIONS}
        self.assertEqual(len(self.wanted), 2)

    def line(self):
        return self.rng.choice(
            (
                f"10.40.{self.rng.randrange(256)}.{self.rng.randrange(256)}",
                f"10.41.{self.rng.randrange(256)}.{self.rng.randrange(64) * 4}/30",
                f"2001:db8:40::{self.rng.randrange(65536):x}",
            )
        )

    def write(self, name):
        others, ports, own = CONFIGURATIONS[name]
        sender = ", ".join((*self.sender, *others))
        text = CONFIG.format(name=name, sender=sender, ports=ports, own=own)
        self.config.file("rolewall.conf", text)

    def made_in_peace(self, name):
        """The digest of what a daemon makes of a configuration when nobody kills it."""
        host = self.lab.host(f"peace-{name}")
        host.address(*US, link="lo")  # the ruleset knows the host's own
        self.write(name)
        self.assertEqual(host.daemon(self.config).stop(), 0)
        return self.in_force(host)

    def in_force(self, host):
        return digest(host.nft_json("table", "inet", "rolewall"))

    def streams(self):
        for family in (0, 1):
            ends, us = (self.outside, self.us), US[family]
            yield flood.Stream(*ends, "new", SENDER[family], us, IN, 3000, True)
            yield flood.Stream(*ends, "live", SENDER[family], us, IN, 3000, True)
            yield flood.Stream(*ends, "new", SENDER[family], us, CLOSED, 3000, False)
            yield flood.Stream(*ends, "new", UNKNOWN[family], us, IN, 3000, False)

    def durations(self):
        """How long a start and a reload take here, in seconds."""
        self.write("a")
        began = time.monotonic()
        daemon = self.start().wait_ready()
        if f"ownership {self.way[1]}" not in daemon.stderr():
            self.skipTest(f"this kernel does not know ownership {self.way[1]}")
        self.kept_socket = daemon.kept_socket
        started = time.monotonic()
        self.write("b")
        daemon.reload()
        reloaded = time.monotonic()
        self.kill(daemon)
        return started - began, reloaded - started

    def start(self):
        return self.us.start_daemon(
            self.config, state=self.state, arguments=self.way, kept_socket=self.kept_socket
        )

    def kill(self, daemon):
        daemon.signal(signal.SIGKILL)
        self.assertEqual(daemon.wait(), -signal.SIGKILL)
        daemon.end()

    def kill_at_a_random_moment(self):
        """Of a start, or of the reload that follows it; the configuration before, that after,
        and all that the table may be now.  A start puts what was saved last into force first."""
        before = self.found
        self.write(after := self.rng.choice("ab"))
        daemon = self.start()
        if self.rng.random() < 0.3:
            time.sleep(self.rng.uniform(0, 1.2 * self.start_seconds))
            self.saved = self.saved | {after}
            possible = {before} | self.saved
        else:
            daemon.wait_ready()
            before = after
            self.saved = possible = {"a", "b"}
            self.write(after := "b" if before == "a" else "a")
            daemon.signal(signal.SIGHUP)
            time.sleep(self.rng.uniform(0, 1.2 * self.reload_seconds))
        self.kill(daemon)
        return before, after, possible

    def learn(self, was_late):
        """A machine that others use is not as fast at one time as at another: half of the kills
        shall be before what they interrupt was done, and half after it."""
        factor = 1 / 1.1 if was_late else 1.1
        self.start_seconds *= factor
        self.reload_seconds *= factor

    def assert_one_of_two_rulesets_and_no_gap(self, kills):
        self.start_seconds, self.reload_seconds = self.durations()
        self.found = "b"
        self.saved = {"b"}
        self.assertEqual(self.wanted.get(self.in_force(self.us)), self.found)
        outcomes = {"before": 0, "after": 0}
        with flood.Flood(self.streams()) as fire:
            for number in range(kills):
                before, after, possible = self.kill_at_a_random_moment()
                self.found = self.wanted.get(self.in_force(self.us))
                self.assertIn(self.found, possible, f"kill {number}")
                if before != after:
                    outcomes["after" if self.found == after else "before"] += 1
                    self.learn(was_late=self.found == after)
            self.start().wait_ready()
        self.assertEqual(fire.faults(), [])
        if kills >= KILLS_WITH_RANGES:  # a few may well be all of one kind
            self.assertGreater(min(outcomes.values()), kills / 20, f"{outcomes}: not at random")

    def test_a_table_that_is_ours_and_stays(self):
        self.prepare(SENDER)
        self.assert_one_of_two_rulesets_and_no_gap(KILLS)

    def test_a_table_that_is_ours_with_the_socket_in_keeping(self):
        self.prepare(SENDER, OWNER, FEWER_LINES)
        self.assert_one_of_two_rulesets_and_no_gap(KILLS)

    def test_a_table_that_is_anybody_s(self):
        self.prepare(SENDER, NONE, FEWER_LINES)
        self.assert_one_of_two_rulesets_and_no_gap(KILLS)

    def test_there_is_no_gap_for_peers_in_ranges_either(self):
        self.prepare(SENDER_RANGES)
        self.assert_one_of_two_rulesets_and_no_gap(KILLS_WITH_RANGES)

    def test_a_change_that_goes_in_parts(self):
        self.prepare(SENDER, lines=MANY_LINES)
        self.assert_one_of_two_rulesets_and_no_gap(KILLS_IN_PARTS)


if __name__ == "__main__":
    hosts.main()
