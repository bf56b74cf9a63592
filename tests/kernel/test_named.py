#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers by name, as packets meet them: live addresses, and retired ones.

lane.c stands for the daemon: it puts a configuration with names into force, and what was learned into
the sets by the short lane.  A live address may begin connections.  When it is retired no new one
begins and those that are open go on, through each later generation; when it is gone they end with
the next.  While nothing is known a name's flows wait, and nobody else does.
"""

import unittest

import hosts
import test_lane

US = ("10.20.0.1", "2001:db8:20::1")
KNOWN = ("10.2.0.22", "2001:db8:2::22")  # a peer by address
NAMED = ("10.2.0.40", "2001:db8:2::40")  # an address that a name has
IN, OUT, SSH = 7000, 7443, 22
GENERATIONS = 5


class Named(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*US)
        self.outside.address(*KNOWN, *NAMED)
        self.us.serve([("tcp", address, port) for address in US for port in (IN, SSH)])
        self.outside.serve([("tcp", address, OUT) for address in (*KNOWN, *NAMED)])
        self.config = self.lab.config()
        self.changes = 0
        self.write()
        self.lane = self.lab.started(test_lane.Lane(self.us, self.config))
        self.assertEqual(self.lane.load()[0], "replaced")

    def write(self):
        """Each time with another management network: a reload takes something away, and moves the
        generation."""
        self.config.file(
            "rolewall.conf",
            f"[host]\n[management]\nfrom = 10.0.{self.changes}.0/24\nname = ops.example\n"
            f"[peer cloud]\nname = cloud.example\naddress = {', '.join(KNOWN)}\n"
            f"[flow in]\nport = {IN}\nprotocol = tcp\nsource = cloud\ntarget = this-host\n"
            f"[flow out]\nport = {OUT}\nprotocol = tcp\nsource = this-host\ntarget = cloud\n",
        )

    def move_generation(self):
        self.changes += 1
        self.write()
        outcome, generation = self.lane.load()
        self.assertEqual(outcome, "restricted")
        return generation

    def edit(self, **changes):
        """named="+", retired="-": of both sets of both, in one transaction."""
        words = []
        for whose in ("peer-cloud", "management"):
            for kind, sign in changes.items():
                for version, address in zip("46", NAMED):
                    words.append(f"{whose}-{kind}{version} {sign}{address}")
        answer = self.lane.ask("edit " + " / ".join(words)).split()
        self.assertEqual(answer[0], "edited")
        return int(answer[1])

    def ways(self, addresses):
        """Who opens what: host, source, destination, port."""
        for theirs, ours in zip(addresses, US):
            yield self.outside, theirs, ours, IN
            yield self.us, ours, theirs, OUT
            yield self.outside, theirs, ours, SSH

    def open(self, addresses):
        """The ways on which a connection begins."""
        found = []
        for host in (self.us, self.outside):
            ways = [("tcp", *way) for by, *way in self.ways(addresses) if by is host]
            results = host.connect(ways)
            found += [way for way, result in results.items() if result == "open"]
        return found

    def hold(self, addresses):
        return [
            host.hold(1, source, destination, port)
            for host, source, destination, port in self.ways(addresses)
        ]

    def test_an_unresolved_name_waits_and_blocks_nobody_else(self):
        self.assertEqual(self.open(NAMED), [])
        self.assertEqual(
            {(source, port) for _, source, _, port in self.open(KNOWN)},
            {(a, IN) for a in KNOWN} | {(a, OUT) for a in US},
        )

    def test_what_is_learned_is_let_through_at_once_and_the_generation_stays(self):
        generation = self.lane.generation()
        self.assertEqual(self.edit(named="+"), generation)
        self.assertEqual(len(self.open(NAMED)), 6)
        self.assertEqual(self.lane.ask("verify"), "same")

    def test_an_address_that_is_retired_begins_nothing_and_its_connections_go_on(self):
        generation = self.edit(named="+")
        holds = self.hold(NAMED)
        self.assertEqual(self.edit(named="-", retired="+"), generation)
        self.assertEqual(self.open(NAMED), [])
        for _ in range(GENERATIONS):
            self.assertTrue(all(hold.alive(1) for hold in holds))
            moved = self.move_generation()
            self.assertNotEqual(moved, generation)
            generation = moved
            self.assertTrue(all(hold.alive(1) for hold in holds))
            self.assertEqual(self.open(NAMED), [])

    def test_an_address_that_is_live_again_begins_connections_again(self):
        self.edit(named="+")
        holds = self.hold(NAMED)
        for _ in range(GENERATIONS):
            self.edit(named="-", retired="+")
            self.move_generation()
            self.edit(named="+")  # in both for a moment: a packet may look them up around a commit
            self.edit(retired="-")
            self.assertEqual(len(self.open(NAMED)), 6)
            self.assertTrue(all(hold.alive(1) for hold in holds))

    def test_an_address_that_is_gone_loses_its_connections_with_the_next_generation(self):
        self.edit(named="+")
        holds = self.hold(NAMED)
        self.edit(named="-")
        ssh = [hold for hold in holds if hold.argv[-1] == str(SSH)]
        flows = [hold for hold in holds if hold not in ssh]
        self.assertEqual((len(ssh), len(flows)), (2, 4))
        self.assertTrue(all(hold.alive(1) for hold in flows))  # by their stamps
        self.assertFalse(any(hold.alive(1) for hold in ssh))  # management has none
        self.move_generation()
        self.assertFalse(any(hold.alive(1) for hold in flows))


if __name__ == "__main__":
    hosts.main()
