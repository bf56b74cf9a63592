#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The short lane: addresses into and out of sets in force, while packets are on their way.

lane.c applies a configuration as the daemon does, and edits what is in force.  Who is added is let in
at once, who is removed opens nothing more and keeps what is open; nobody else loses a packet, and
none that is forbidden gets through.  Reloads, verifying and repairs know of the edits.
"""

import statistics
import unittest

import flood
import hosts

US = ("10.20.0.1", "2001:db8:20::1")
ALWAYS = ("10.2.0.22", "2001:db8:2::22")  # a peer that nobody touches
MOVING = ("10.2.0.40", "2001:db8:2::40")  # goes from one set of two to the other
COMING = ("10.2.0.50", "2001:db8:2::50")  # comes and goes
UNKNOWN = ("10.99.0.1", "2001:db8:99::1")
RESIDENTS = {"live": ("10.2.1.1", "2001:db8:2:1::1"), "retired": ("10.2.2.1", "2001:db8:2:2::1")}
PORT = 7000
EDITS = hosts.length(100_000, 20_000)
RELOADS = hosts.length(300, 60)


def sets(peer):
    return f"peer-{peer}-hosts4", f"peer-{peer}-hosts6"


class Lane(hosts.Process):
    """lane.c in a host."""

    def __init__(self, host, config):
        roles = host.lab.directory / "no-roles"
        roles.mkdir(exist_ok=True)
        program = hosts.setting("PROBE").with_name("lane")
        super().__init__(host, [program, config.directory, roles])

    def ask(self, order):
        self.write(order + "\n")
        return self.line()

    def load(self):
        """("restricted", generation)"""
        outcome, generation = self.ask("load").split()
        return outcome, int(generation)

    def edit(self, *changes):
        """[(peer, "+" or "-", addresses)] in one transaction; the microseconds that it took."""
        words = []
        for peer, sign, addresses in changes:
            words += [f"{name} {sign}{a}" for name, a in zip(sets(peer), addresses)]
        answer = self.ask("edit " + " / ".join(words)).split()
        if answer[0] != "edited":
            raise hosts.LabError(" ".join(answer))
        return int(answer[2])

    def generation(self):
        return int(self.ask("edit none").split()[1])


class ShortLane(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*US)
        self.outside.address(*ALWAYS, *MOVING, *COMING, *UNKNOWN)
        self.us.serve([("tcp", address, PORT) for address in US])
        self.config = self.lab.config()
        self.write()
        self.lane = self.lab.started(Lane(self.us, self.config))
        self.assertEqual(self.lane.load()[0], "replaced")

    def write(self, **more):
        """A flow for three peers, and whatever else is said of them."""
        peers = {"always": ALWAYS} | {
            peer: (*RESIDENTS[peer], *more.get(peer, ())) for peer in RESIDENTS
        }
        management = more.get("management", ("10.0.9.0/24",))
        lines = ["[host]", "[management]", "from = " + ", ".join(management)]
        for peer, addresses in peers.items():
            lines += [f"[peer {peer}]", f"address = {', '.join(addresses)}"]
        lines += ["[flow in]", f"port = {more.get('ports', PORT)}", "protocol = tcp udp"]
        lines += ["source = live retired always", "target = this-host"]
        self.config.file("rolewall.conf", "\n".join(lines) + "\n")

    def reaches(self, sources):
        attempts = [("tcp", source, us, PORT) for source, us in zip(sources, US)]
        return {result == "open" for result in self.outside.connect(attempts).values()}

    def streams(self, *moving):
        """New ones pass all of the rules, live ones the first."""
        into = (self.outside, self.us)
        for family, us in enumerate(US):
            yield flood.Stream(*into, "new", ALWAYS[family], us, PORT, 10000, True)
            yield flood.Stream(*into, "live", ALWAYS[family], us, PORT, 5000, True)
            yield flood.Stream(*into, "new", UNKNOWN[family], us, PORT, 5000, False)
            for sources in moving:
                yield flood.Stream(*into, "new", sources[family], us, PORT, 15000, True)

    def test_who_is_added_is_let_in_and_who_is_removed_is_not(self):
        self.assertEqual(self.reaches(COMING), {False})
        generation = self.lane.generation()
        for _ in range(3):
            self.lane.edit(("live", "+", COMING))
            self.assertEqual(self.reaches(COMING), {True})
            self.assertEqual(self.reaches(MOVING), {False})
            self.lane.edit(("live", "-", COMING))
            self.assertEqual(self.reaches(COMING), {False})
        self.assertEqual(self.lane.generation(), generation)
        self.assertEqual(self.lane.ask("verify"), "same")

    def test_what_is_open_outlives_the_removal_of_its_address(self):
        self.lane.edit(("live", "+", COMING))
        holds = [self.outside.hold(1, s, us, PORT) for s, us in zip(COMING, US)]
        self.lane.edit(("live", "-", COMING))
        self.assertEqual(self.reaches(COMING), {False})
        self.assertTrue(all(hold.alive(1) for hold in holds))
        # the long way cuts it, if it restricts: the address is not allowed
        self.write(management=("10.0.8.0/24",))
        self.assertEqual(self.lane.load()[0], "restricted")
        self.assertFalse(any(hold.alive(1) for hold in holds))

    def test_a_reload_keeps_the_edits_until_the_files_say_the_same(self):
        self.lane.edit(("live", "+", COMING), ("retired", "-", RESIDENTS["retired"]))
        self.assertEqual(self.lane.load()[0], "unchanged")
        self.write(management=("10.0.8.0/24",))
        self.assertEqual(self.lane.load()[0], "restricted")
        self.assertEqual(self.reaches(COMING), {True})
        self.write(live=COMING)
        self.lane.load()
        self.assertEqual(self.reaches(COMING), {True})
        self.write()
        self.assertEqual(self.lane.load()[0], "restricted")
        self.assertEqual(self.reaches(COMING), {False})
        self.assertEqual(self.lane.ask("verify"), "same")

    def test_a_repair_brings_the_edits_back(self):
        self.lane.edit(("live", "+", COMING))
        self.us.nft("delete table inet rolewall")
        self.assertEqual(self.lane.ask("verify"), "repaired: the table is gone")
        self.assertEqual(self.reaches(COMING), {True})
        self.assertEqual(self.reaches(UNKNOWN), {False})
        self.us.nft(f"flush set inet rolewall {sets('live')[0]}")
        self.assertRegex(self.lane.ask("verify"), "^repaired: set peer-live-hosts4 changed")
        self.assertEqual(self.reaches(COMING), {True})
        self.assertEqual(self.lane.ask("verify"), "same")

    def test_edits_lose_no_packet_and_let_none_through(self):
        """One that moves is in both sets, or goes to the one that is looked up later."""
        self.lane.edit(("live", "+", MOVING))
        took = []
        with flood.Flood(self.streams(MOVING)) as fire:
            for _ in range(EDITS // 4):
                took.append(self.lane.edit(("live", "+", COMING), ("live", "-", RESIDENTS["live"])))
                took.append(self.lane.edit(("live", "-", MOVING), ("retired", "+", MOVING)))
                took.append(self.lane.edit(("live", "+", MOVING), ("live", "-", COMING)))
                took.append(
                    self.lane.edit(("retired", "-", MOVING), ("live", "+", RESIDENTS["live"]))
                )
        self.assertGreater(fire.sent(True), EDITS // 10, "that was no flood")  # a busy machine's, too
        self.assertEqual(fire.faults(), [])
        self.assertEqual(self.lane.ask("verify"), "same")
        hundredths = statistics.quantiles(took, n=100)
        print(f"{len(took)} edits: median {hundredths[49]:.0f} us, 99 % within {hundredths[98]:.0f} us")

    def test_edits_between_reloads_lose_no_packet_and_let_none_through(self):
        self.lane.edit(("live", "+", MOVING))
        shapes = (
            {},
            {"ports": f"{PORT}, 8000"},
            {"management": ("10.0.8.0/24",)},
            {"retired": ("10.3.0.0/16",), "ports": "6000-7001"},
        )
        outcomes = set()
        with flood.Flood(self.streams(MOVING)) as fire:
            for number in range(RELOADS):
                self.write(**shapes[number % len(shapes)])
                self.lane.edit(("live", "-", MOVING), ("retired", "+", MOVING))
                outcomes.add(self.lane.load()[0])
                self.lane.edit(("live", "+", MOVING), ("live", "+", COMING))
                self.lane.edit(("retired", "-", MOVING), ("live", "-", COMING))
        self.assertEqual(fire.faults(), [])
        self.assertLessEqual({"extended", "restricted"}, outcomes)
        self.assertEqual(self.lane.ask("verify"), "same")


if __name__ == "__main__":
    hosts.main()
