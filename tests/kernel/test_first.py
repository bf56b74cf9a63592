#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""First connections, with packets: a client that resolves a name for itself and dials the address
that it was told, which nobody was told before.  None may fail.

The name server gives another address to each question, for one to five seconds, so that what
rolewall-reader asks for itself is of no use to the client: what counts is what the host overhears.
Where the kernel has a queue no first packet is sent twice.  Where it has none, the first packet may
be faster than what is overheard; then the second one finds the door open.
"""

import itertools
import os
import statistics
import subprocess
import unittest

import dns
import hosts
import test_holding
from test_names import ADDRESSES, NAME, SERVICE

SERVER = "10.2.250.1"  # on the wire
GATEWAY = ADDRESSES[0]
POOL, FIRST = "10.64.0.0/10", (10 << 24) + (64 << 16) + 1
TTLS = (1, 2, 3, 4, 5)
CLIENTS = 20  # where most of them wait for a second

DNS = """
[flow dns]
port = 53
protocol = udp tcp
source = door
target = dns
"""


def dotted(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


class Connection:
    def __init__(self, line):
        self.address, self.result, microseconds, retransmitted = line.split()
        self.microseconds, self.retransmitted = int(microseconds), int(retransmitted)


class Rotating(test_holding.Dialling):
    """A host that follows a name with another address in each answer, and asks on the wire."""

    def setUp(self):
        super().setUp()
        self.outside.address(SERVER)
        self.outside.ip(f"route add local {POOL} dev lo")
        self.us.ip(f"route add {POOL} via {GATEWAY}")  # else each address is a neighbour
        (self.etc / "resolv.conf").write_text(f"nameserver {SERVER}\n")
        text = (self.roles.directory / "door.conf").read_text()
        self.roles.file("door.conf", text.replace("service, client", "service, client, dns") + DNS)
        self.given = itertools.count(FIRST)
        self.server = self.enterContext(dns.Server(self.outside, SERVER))
        self.server.says(NAME, self.another)
        self.wrap = self.inside_etc()  # of the daemon
        self.begin()

    def begin(self, names=NAME):
        self.configure(names)
        text = (self.config.directory / "rolewall.conf").read_text()
        self.config.file("rolewall.conf", text + "[peer dns]\nresolver = yes\n")
        self.start()
        self.wait_for(lambda: self.server.asked(NAME))

    def inside_etc(self):
        """What begins a program that sees this /etc."""
        inside = 'mount --bind "$1" /etc && shift && exec "$@"'
        return ("unshare", "--mount", "sh", "-c", inside, "sh", str(self.etc))

    def another(self, q):
        if q.type != dns.A:
            return q.reply()
        number = next(self.given)
        return q.addresses([dotted(number)], TTLS[number % len(TTLS)])

    def first_connections(self, count, server=SERVER, clients=1):
        """So many by each client, all at the same time."""
        begins = self.inside_etc() if server == "libc" else ()
        argv = [*begins, hosts.setting("PROBE"), "first", count, NAME, server, SERVICE]
        probes = [self.lab.started(hosts.Process(self.us, argv)) for _ in range(clients)]
        return [Connection(p.line(hosts.RUN_SECONDS)) for p in probes for _ in range(count)]



class First(Rotating):
    def load(self):
        """Twice as much as the processors can do."""
        for _ in range(2 * os.cpu_count()):
            busy = subprocess.Popen(["sh", "-c", "while :; do :; done"])
            self.addCleanup(busy.wait)
            self.addCleanup(busy.kill)

    def report(self, what, connections):
        times = sorted(c.microseconds for c in connections)
        p50, p99 = statistics.median(times), times[len(times) * 99 // 100]
        late = sum(c.retransmitted > 0 for c in connections)
        print(
            f"measured: {what}: {len(times)} first connections: p50 {p50 / 1000:.2f} ms, "
            f"p99 {p99 / 1000:.2f} ms, longest {times[-1] / 1000:.2f} ms; {late} retransmitted",
            flush=True,
        )

    def assert_none_fails(self, what, server=SERVER):
        """None; with a queue none is sent again, without one none more often than once."""
        clients = 1 if self.has_queue() else CLIENTS
        count = hosts.length(10000, 100) // clients
        connections = self.first_connections(count, server, clients)
        self.report(what, connections)
        self.assertEqual(len({c.address for c in connections}), count * clients)
        failed = [(c.address, c.result) for c in connections if c.result != "open"]
        self.assertEqual(failed, [], self.daemon.stderr())
        most = 0 if self.has_queue() else 1
        late = [(c.address, c.retransmitted) for c in connections if c.retransmitted > most]
        self.assertEqual(late, [], self.daemon.stderr())
        return connections

    def test_none_of_a_client_that_dials_at_once_fails(self):
        self.assert_none_fails("asks by itself")

    def test_none_of_a_client_that_asks_the_c_library_fails(self):
        self.assert_none_fails("asks the C library", "libc")

    def test_none_fails_under_twice_the_load_of_the_processors(self):
        self.load()
        self.assert_none_fails("under load")


if __name__ == "__main__":
    hosts.main()
