#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A thousand reloads under fire: no allowed packet is lost, no forbidden one gets through.

Packets of both kinds and both families, into the host and out of it, arrive all the time
while the configuration changes: peers come and go, ports move, flows that share a port
appear beside the one under fire, its own peers are spelled in another way.  Some of the
changes only add, some restrict, so that the generation moves on and each live connection
is judged again.  What the flood may do is the same in all of these configurations.

Two ways of a packet through the ruleset are under fire: that of live connections, and that
of new ones, which pass all of it (flood.c says how).  TCP sessions in both directions
echo beside the flood and must not break.

The control comes first: on the bare host every packet arrives, forbidden ones too.  So
the lab loses nothing, and it would see what gets through.
"""

import random
import re
import threading
import unittest

import flood
import hosts

RELOADS = hosts.length(1000, 200)
RELOADS_OF_A_SHAPE = 60
MANY, ROUNDS_IN_PARTS = 100_000, hosts.length(20, 1)
US, SENDER = ("10.20.0.1", "2001:db8:20::1"), ("10.2.0.22", "2001:db8:2::22")
UNKNOWN, KNOWN = ("10.99.0.1", "2001:db8:99::1"), ("10.2.0.89", "2001:db8:2::89")
IN, OUT, CLOSED = 7000, 7001, 7002
# How the sender may be written: as hosts, prefixes, ranges; and its neighbours with it.
SPELLED = (
    SENDER,
    ("10.2.0.22/31", "2001:db8:2::22/127"),
    ("10.2.0.20-10.2.0.23", "2001:db8:2::20-2001:db8:2::2f"),
    (*SENDER, "10.2.0.24/29", "2001:db8:2::100/120"),
    ("10.2.0.0/26", "2001:db8:2::/122"),
)
IN_PORTS = ("7000", "7000, 8000", "6990-7000", "6000-7001", "6000-6500, 7000")
MOVING = 6  # flows beside the one under fire
NARROW = ("10.2.0.20-10.2.0.23", "2001:db8:2::20-2001:db8:2::23")
# Changes that leave what the flood may do as it is: there and back again.
SHAPES = {
    "a host beside it": ({}, {"sender": (*SENDER, "10.2.0.30", "2001:db8:2::30")}),
    "the first range": ({}, {"sender": (*SENDER, "10.3.0.0/16", "2001:db8:3::/64")}),
    "from host to prefix": ({}, {"sender": SPELLED[1]}),
    "into a range that comes": ({}, {"sender": (*SENDER, *SPELLED[4])}),
    "into a range that was there": (
        {"sender": (*SENDER, "10.2.0.32-10.2.0.40", "2001:db8:2::30-2001:db8:2::40")},
        {"sender": ("10.2.0.20-10.2.0.40", "2001:db8:2::20-2001:db8:2::40")},
    ),
    "a range that grows": ({"sender": NARROW}, {"sender": SPELLED[4]}),
    "a port beside it": ({}, {"ports": "7000, 8000"}),
    "a range of ports beside it": ({}, {"ports": "6000-6500, 7000"}),
    "from port to range of ports": ({}, {"ports": "6000-7001"}),
    "from one range of ports to another": ({"ports": "6500-7001"}, {"ports": "6000-7001"}),
    "another flow on its port": ({}, {"shared": "7000"}),
    "another flow on a range with its port": ({}, {"shared": "6900-7000"}),
}


class Churn:
    """A configuration that is another one after each step."""

    def __init__(self, rng):
        self.rng = rng
        self.options = {}
        self.sender, self.ports = SENDER, IN_PORTS[0]
        self.shared = ""
        self.moving = {}
        self.management = ["10.0.9.0/24"]
        self.hosts = []
        while len(self.hosts) < 100:
            self.hosts.append(self.target())

    def become(self, **parts):
        """Puts single parts of it into a certain state."""
        for name, value in parts.items():
            setattr(self, name, value)

    def target(self):
        """One that is not in the list yet: twice in it would change nothing."""
        while True:
            host = f"10.40.{self.rng.randrange(8)}.{self.rng.randrange(1, 255)}"
            if host not in self.hosts:
                return host

    def step(self):
        before = self.files()
        while self.files() == before:
            self.rng.choice(self.MOVES)(self)

    def change_list(self):
        for _ in range(self.rng.randrange(1, 10)):
            if self.hosts and self.rng.random() < 0.5:
                self.hosts.remove(self.rng.choice(self.hosts))
            else:
                self.hosts.append(self.target())

    def spell_sender(self):
        self.sender = self.rng.choice(SPELLED)

    def move_ports(self):
        self.ports = self.rng.choice(IN_PORTS)

    def share_port(self):
        self.shared = self.rng.choice(("", f"{IN}", f"{IN - 5}-{IN}", f"{IN - 100}-{IN}"))

    def move_flow(self):
        number = self.rng.randrange(MOVING)
        if number in self.moving and self.rng.random() < 0.3:
            del self.moving[number]
        else:
            first = self.rng.randrange(20000, 30000)
            last = first + self.rng.choice((0, 0, 10, 500))
            self.moving[number] = f"{first}-{last}" if last > first else f"{first}"

    def change_management(self):
        address = f"10.0.8.{self.rng.randrange(1, 5)}"
        self.management = ["10.0.9.0/24", *self.rng.choice(((), (address,)))]

    def change_option(self):
        option, values = self.rng.choice(
            (
                ("size", ("450", "900", None)),
                ("disable", ("rdp-proxy", None)),
                ("enable", ("register-leaf-node", None)),
            )
        )
        self.options[option] = self.rng.choice(values)

    MOVES = (
        change_list,
        spell_sender,
        move_ports,
        share_port,
        move_flow,
        change_management,
        change_option,
    )

    def files(self):
        """{name: text}"""
        lines = ["[host]", "roles = proxy"]
        lines += [f"{k} = {v}" for k, v in sorted(self.options.items()) if v]
        lines += ["[management]", "from = " + ", ".join(self.management)]
        lines += ["[peer sender]", "address = " + ", ".join(self.sender)]
        lines += ["[peer linux-host]", "file = linux-hosts.list"]
        for peer, address in (
            ("rdp-client", ", ".join(KNOWN)),
            ("ssh-client", "10.2.1.0/24"),
            ("app-server", "10.20.0.10"),
            ("windows-host", "10.30.0.0/16"),
        ):
            lines += [f"[peer {peer}]", f"address = {address}"]
        lines += self.flow("in", self.ports, "sender", "this-host")
        lines += self.flow("out", OUT, "this-host", "sender")
        if self.shared:
            lines += self.flow("shared", self.shared, "linux-host", "this-host")
        for number, ports in sorted(self.moving.items()):
            lines += self.flow(f"moving-{number}", ports, "linux-host", "this-host")
        return {
            "linux-hosts.list": "\n".join(self.hosts) + "\n",
            "rolewall.conf": "\n".join(lines) + "\n",
        }

    def flow(self, name, ports, source, target):
        head = [f"[flow {name}]", f"port = {ports}", "protocol = tcp udp"]
        return [*head, f"source = {source}", f"target = {target}"]


class Foreigner:
    """Commits to a table of his own as long as a with statement lasts, one after the other."""

    def __init__(self, host):
        self.host, self.commits = host, 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._commit, daemon=True)

    def _commit(self):
        while not self._end.is_set():
            self.host.nft("table ip foreign { chain c { }; }; delete table ip foreign")
            self.commits += 1

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._end.set()
        self._thread.join()


class UnderFire(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(*US)
        self.outside.address(*SENDER, *UNKNOWN, *KNOWN)
        self.us.serve([("tcp", address, IN) for address in US])
        self.outside.serve([("tcp", address, OUT) for address in SENDER])
        self.config = self.lab.config()
        self.churn = Churn(random.Random(7000))
        self.write()

    def streams(self):
        for family in (0, 1):
            us, them = US[family], SENDER[family]
            into, out = (self.outside, self.us), (self.us, self.outside)
            yield flood.Stream(*into, "new", them, us, IN, 15000, True)
            yield flood.Stream(*into, "live", them, us, IN, 10000, True)
            yield flood.Stream(*into, "new", them, us, CLOSED, 10000, False)
            yield flood.Stream(*into, "new", UNKNOWN[family], us, IN, 10000, False)
            yield flood.Stream(*into, "live", KNOWN[family], us, IN, 5000, False)
            yield flood.Stream(*out, "new", us, them, OUT, 2000, True)
            yield flood.Stream(*out, "live", us, them, OUT, 2000, True)
            yield flood.Stream(*out, "new", us, them, CLOSED, 1000, False)
            yield flood.Stream(*out, "live", us, UNKNOWN[family], OUT, 1000, False)

    def write(self):
        for name, text in self.churn.files().items():
            self.config.file(name, text)

    def reload(self):
        """One change of the configuration, in force when this returns."""
        self.churn.step()
        self.write()
        self.daemon.reload()

    def pumps(self):
        return [
            flood.pump(self.outside, [(SENDER[f], US[f], IN) for f in (0, 1)] * 4),
            flood.pump(self.us, [(US[f], SENDER[f], OUT) for f in (0, 1)] * 4),
        ]

    def control(self):
        """Without a firewall everything arrives."""
        with flood.Flood(self.streams()) as fire:
            self.us.run("sleep", "1")
        lost = {str(s): r.lost for s, r in fire.results.items() if r.lost or r.unanswered}
        self.assertEqual(lost, {}, "lost without a firewall")

    def test_no_shape_of_a_change_loses_or_lets_through(self):
        self.daemon = self.us.daemon(self.config)
        for shape, states in SHAPES.items():
            with flood.Flood(self.streams()) as fire:
                for number in range(RELOADS_OF_A_SHAPE):
                    self.churn = Churn(random.Random(7000))
                    self.churn.become(**states[number % 2])
                    self.write()
                    self.daemon.reload()
            with self.subTest(shape):
                self.assertEqual(fire.faults(), [])
                self.assertNotIn("refused", self.daemon.stderr())

    def test_many_reloads_lose_nothing_and_let_nothing_through(self):
        self.control()
        self.daemon = self.us.daemon(self.config)
        pumps = self.pumps()
        with flood.Flood(self.streams()) as fire:
            for _ in range(RELOADS):
                self.reload()
        broken = [line for pump in pumps for line in flood.broken(pump.report())]
        self.assertGreater(min(fire.sent(True), fire.sent(False)), RELOADS, "that was no flood")
        self.assertEqual(fire.faults(), [])
        self.assertEqual(broken, [], "TCP sessions that broke")
        self.assert_all_reloads_counted()

    def test_changes_in_parts_lose_nothing_though_others_commit_between_them(self):
        many = [f"10.{64 + i // 32768}.{i // 128 % 256}.{i % 128 * 2}" for i in range(MANY)]
        states = (
            {"hosts": many},
            {"hosts": many[: MANY // 2]},
            {"hosts": many[MANY // 4 :]},
            {"hosts": many, "shared": f"{IN}"},
            {"hosts": many[: MANY // 2], "shared": ""},
        )
        self.daemon = self.us.daemon(self.config)
        between = []
        with flood.Flood(self.streams()) as fire:
            for state in states * ROUNDS_IN_PARTS:
                self.churn.become(**state)
                self.write()
                with Foreigner(self.us) as foreigner:
                    self.daemon.reload()
                    between.append(foreigner.commits)
                self.assert_held(state["hosts"])
        self.assertGreater(min(between), 1, "nobody was in between")
        self.assertEqual(fire.faults(), [])
        self.assertEqual(self.daemon.stderr().count("whole table"), 1, self.daemon.stderr())

    def assert_held(self, addresses):
        """All of them, and no other."""
        listing = self.us.run("nft", "list", "set", "inet", "rolewall", "peer-linux-host-hosts4")
        self.assertEqual(set(re.findall(r"10\.\d+\.\d+\.\d+", listing)), set(addresses))

    def assert_all_reloads_counted(self):
        """Each was applied, as a difference; some added only, many restricted."""
        said = self.daemon.stderr()
        restricted = len(re.findall("live sessions? cut", said))
        added = said.count("every live session goes on")
        self.assertEqual(said.count("whole table"), 1, said[-2000:])
        self.assertEqual(restricted + added, RELOADS, said[-2000:])
        self.assertGreater(min(restricted, added), RELOADS / 20)


if __name__ == "__main__":
    hosts.main()
