#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One allocation of rolewalld fails while names are followed: in a reload that numbers its peers in
another way, and while an answer is learned.

Whatever fails, the daemon goes on; an address that is learned is never let in for another peer than
the one that has its name; and what is missing is there as soon as there is memory again.  (Not while
somebody asks by the control socket: libsystemd ends the process then.)
"""

import contextlib
import itertools
import signal
import struct
import time
import unittest

import hosts
import notices

NEVER = 2**64 - 1
QUIET = 4  # looks, each five milliseconds after the other
FIRST, SECOND = "one.example", "two.example"
HEAD = """[host]
[management]
from = 10.9.0.2
"""
PEERS = {
    "first": f"[peer first]\nname = {FIRST}\n",
    "second": f"[peer second]\nname = {SECOND}\n",
}
FLOW = """[flow out-{0}]
port = 443
protocol = tcp
source = this-host
target = {0}
"""


class Scarce(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us = self.lab.host("us")
        self.config = self.lab.config()
        self.orders = itertools.cycle((("first", "second"), ("second", "first")))
        self.numbers = itertools.count(1)
        self.memory = self.lab.directory / "scarce"
        self.memory.write_bytes(bytes(24))
        self.memory.chmod(0o666)
        self.turn_round()
        self.daemon = self.us.daemon(
            self.config,
            wrap=("env", f"LD_PRELOAD={hosts.setting('SCARCE')}", f"SCARCE={self.memory}"),
        )
        self.daemon.listen_no_more()
        self.connect()

    def connect(self):
        self.channel = notices.connect(self.daemon.runtime, hosts.WAIT_SECONDS)
        self.addCleanup(self.channel.close)

    def turn_round(self):
        text = HEAD + "".join(PEERS[p] for p in next(self.orders))
        self.config.file("rolewall.conf", text + "".join(FLOW.format(p) for p in PEERS))

    @contextlib.contextmanager
    def failing(self, first, last):
        """Gives a function that tells how many allocations there were."""
        with open(self.memory, "r+b", buffering=0) as memory:

            def put(*numbers):
                memory.seek(0)
                memory.write(struct.pack("=QQQ", *numbers))

            def count():
                memory.seek(0)
                return struct.unpack("=Q", memory.read(8))[0]

            put(0, first, last)
            try:
                yield count
            finally:
                put(0, 0, 0)

    def settled(self, count):
        """How many allocations there are when the daemon has nothing to do any more."""
        found, same = 0, 0
        while same < QUIET:
            time.sleep(0.005)
            before, found = found, count()
            same = same + 1 if found and found == before else 0
        return found

    def reload(self, first=0, last=0):
        """How many allocations there were.  Without memory it may not say that it has ended."""
        self.turn_round()
        with self.failing(first, last) as count:
            self.daemon.signal(signal.SIGHUP)
            return self.settled(count)

    def tell(self, name, address):
        """Without memory to read it the daemon hangs up."""
        try:
            self.channel.send(*notices.encode_answer(name, [(address, 60)]))
        except OSError:
            self.channel.close()
            self.connect()

    def learn(self, name, address, number=0):
        """How many allocations there were.  An answer that was not learned is told again."""
        with self.failing(number, number) as count:
            self.tell(name, address)
            found = self.settled(count)
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while address not in self.daemon.ask("names", "--json", name).stdout:
            self.assertLess(time.monotonic(), deadline, self.daemon.stderr())
            self.tell(name, address)
        return found

    def set_of(self, peer):
        return self.us.run("nft", "list", "set", "inet", "rolewall", f"peer-{peer}-named4")

    def next_addresses(self):
        n = next(self.numbers)
        return f"198.51.{n // 200}.{n % 200 + 1}", f"203.0.{n // 200}.{n % 200 + 1}"

    def assert_right(self, fails):
        ones, twos = self.set_of("first"), self.set_of("second")
        self.assertNotIn("203.0.", ones, f"allocations failed: {fails}")
        self.assertNotIn("198.51.", twos, f"allocations failed: {fails}")
        self.assertFalse(self.daemon.ended())
        return ones, twos

    def assert_catches_up(self, expected):
        """Within the five seconds after which the daemon tries again."""
        deadline = time.monotonic() + hosts.WAIT_SECONDS + 5
        while True:
            ones, twos = self.assert_right(0)
            missing = [a for a in expected if a not in ones + twos]
            if not missing:
                return
            self.assertLess(time.monotonic(), deadline, missing)
            time.sleep(0.1)

    def test_a_reload_that_numbers_the_peers_otherwise(self):
        expected = []
        self.reload()
        most = self.reload()
        self.assertGreater(most, 100)
        # the names are taken over last
        for fails in range(most, max(1, most - hosts.length(most, 25)), -1):
            self.reload(fails, fails)
            one, two = self.next_addresses()
            self.learn(FIRST, one)
            self.learn(SECOND, two)
            expected += [one, two]
            self.assert_right(fails)
        self.assert_catches_up(expected)

    def test_an_answer_while_the_peers_could_not_be_numbered_yet(self):
        expected = []
        self.reload()
        most = self.reload()
        for first in range(most - hosts.length(40, 14), most, hosts.length(1, 4)):
            for fails in range(1, hosts.length(20, 9)):
                self.reload(first, NEVER)
                one, two = self.next_addresses()
                self.learn(FIRST, one, fails)
                self.learn(SECOND, two)
                expected += [one, two]
                self.assert_right((first, fails))
        self.assert_catches_up(expected)

    def test_an_answer(self):
        expected = []
        for _ in range(2):  # the first one comes while the daemon still has other things to do
            most = self.learn(FIRST, self.next_addresses()[0])
        self.assertGreater(most, 3)
        for fails in range(1, min(most, hosts.length(200, 50)) + 1):
            one, two = self.next_addresses()
            self.learn(FIRST, one, fails)
            self.learn(SECOND, two, fails)
            expected += [one, two]
            self.assert_right(fails)
        self.assert_catches_up(expected)


if __name__ == "__main__":
    hosts.main()
