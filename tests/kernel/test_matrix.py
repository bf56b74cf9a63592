#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every row of the vendor's page, with real packets, from both ends.

For each role and family: the daemon guards host `us`, and one other host carries an
address for every party, one for the management network and one that nobody knows.  Both
listen on every port that is probed, the forbidden ones too, so that without a firewall
each refusal in here would be an `open`, and the test would fail.

What a refusal looks like is part of the promise: a known peer and a program on this host
get an answer (reset, unreachable), because a reset shows a fault at once where silence
costs 30 s of a time-out; unknown hosts get nothing.

The daemon limits its rejects (100 a second, 200 at once).  So each family and each set of
rows has a namespace and a daemon of its own, and a run that would come near the limit is
refused by the test itself.
"""

import unittest

import hosts
import matrix

MOST_REJECTS = 180  # under the daemon's burst of 200
SSH = 22
REFUSED = {"tcp": "reset", "udp": "unreachable"}
OTHER = {"tcp": "udp", "udp": "tcp"}
OPPOSITE = {"out": "in", "in": "out"}


class Plan:
    """The probes of one run: what to try, what should come of it, and which sentence of
    this file says so."""

    def __init__(self, role, family, rows):
        self.role = role
        self.family = family
        self.rows = rows  # in force
        self.known = matrix.parties(role, rows) + ["management"]
        self.expected = {}  # (direction, protocol, party, port) -> result
        self.reasons = {}  # category -> {(probe, row's name)}
        self._allowed = {("in", "tcp", "management"): [(SSH, SSH)]}
        self._spans = [(SSH, SSH)]  # of all rows, whatever the protocol and peer
        for row in self.rows:
            spans = [_span(port) for port in row.ports]
            self._spans += spans
            for direction, party in matrix.ends(role, row):
                for protocol in row.protocols:
                    key = (direction, protocol, party)
                    self._allowed[key] = self._allowed.get(key, []) + spans

    def allows(self, direction, protocol, party, port):
        spans = self._allowed.get((direction, protocol, party), ())
        return any(first <= port <= last for first, last in spans)

    def neighbour(self, port):
        """The nearest port that no row of this host names."""
        for distance in range(1, 65535):
            for near in (port + distance, port - distance):
                if 1 <= near <= 65535 and not any(a <= near <= b for a, b in self._spans):
                    return near
        raise AssertionError("every port is named")

    def add(self, category, name, direction, protocol, party, port, result):
        probe = (direction, protocol, party, port)
        if self.expected.setdefault(probe, result) != result:
            raise AssertionError(f"{name}: {probe} is {result} and {self.expected[probe]}")
        self.reasons.setdefault(category, set()).add((probe, name))

    def add_refused(self, category, name, direction, protocol, party, port):
        """Not allowed by this row; if another row allows it, then that is tested there."""
        if self.allows(direction, protocol, party, port):
            return
        heard = direction == "out" or party in self.known
        result = REFUSED[protocol] if heard else "silent"
        self.add(category, name, direction, protocol, party, port, result)

    def add_row(self, row):
        ends = matrix.ends(self.role, row)
        name = f"{row.number}:{row.flow}" if row.number else row.flow
        for direction, party in ends:
            for protocol in row.protocols:
                for port in _edges(row):
                    probe = (protocol, party, port)
                    near = self.neighbour(port)
                    self.add("open", name, direction, *probe, "open")
                    self.add_refused("neighbour", name, direction, protocol, party, near)
                    self.add_refused("unknown", name, direction, protocol, "unknown", port)
                    self.add_refused("protocol", name, direction, OTHER[protocol], party, port)
                    self.add_refused("direction", name, OPPOSITE[direction], *probe)

    def add_switched_off(self, row):
        """A row that is not in force: its peer may be unknown to this host."""
        for direction, party in matrix.ends(self.role, row):
            for protocol in row.protocols:
                for port in _edges(row):
                    self.add_refused("off", row.flow, direction, protocol, party, port)

    def add_management(self):
        self.add("management", "ssh", "in", "tcp", "management", SSH, "open")
        self.add_refused("management", "ssh", "in", "tcp", "management", self.neighbour(SSH))
        self.add_refused("management", "ssh", "in", "tcp", "unknown", SSH)
        self.add_refused("management", "ssh", "out", "tcp", "management", SSH)

    def rejects(self):
        return sum(r in REFUSED.values() for r in self.expected.values())

    def attempt(self, probe):
        """The probe as `probe connect` takes it."""
        direction, protocol, party, port = probe
        us, them = (matrix.ADDRESSES[p][self.family] for p in ("us", party))
        return (protocol, us, them, port) if direction == "out" else (protocol, them, us, port)


def _span(port):
    return port if isinstance(port, tuple) else (port, port)


def _edges(row):
    return sorted({edge for port in row.ports for edge in _span(port)})


class Matrix:
    """The tests of one role, family and set of rows; a class below fixes them."""

    role = None
    family = None
    enable = ()
    disable = ()

    @classmethod
    def setUpClass(cls):
        cls.rows = matrix.rows_of(cls.role, cls.enable, cls.disable)
        cls.plan = Plan(cls.role, cls.family, cls.rows)
        cls.fill(cls.plan)
        with hosts.Lab() as lab:
            cls.play(lab)

    @classmethod
    def fill(cls, plan):
        """With optional rows enabled, only these: the others have their own run."""
        for row in cls.rows:
            if not cls.enable or row.optional:
                plan.add_row(row)
        for row in matrix.rows_of(cls.role) + matrix.optional_rows_of(cls.role):
            if row not in cls.rows:
                plan.add_switched_off(row)
        plan.add_management()
        if plan.rejects() > MOST_REJECTS:
            raise AssertionError(f"{plan.rejects()} rejects are too near the daemon's limit")

    @classmethod
    def configure(cls, config):
        named = {"enable": cls.enable, "disable": cls.disable}
        config.write(
            cls.role,
            {party: matrix.spelled(party) for party in matrix.parties(cls.role, cls.rows)},
            management=matrix.spelled("management"),
            **{key: ", ".join(flows) for key, flows in named.items() if flows},
        )

    @classmethod
    def play(cls, lab):
        us, outside = lab.host("us"), lab.host("outside")
        lab.wire(us, outside)
        us.address(*matrix.ADDRESSES["us"])
        outside.address(*(a for p, both in matrix.ADDRESSES.items() if p != "us" for a in both))
        probes = {"in": [], "out": []}
        for probe in cls.plan.expected:
            probes[probe[0]].append(probe)
        for host, direction in ((us, "in"), (outside, "out")):
            host.serve(hosts.wildcards({(p, port) for _, p, _, port in probes[direction]}))
        config = lab.config()
        cls.configure(config)
        daemon = us.daemon(config)

        cls.results = {}
        for host, direction in ((us, "out"), (outside, "in")):
            attempts = {probe: cls.plan.attempt(probe) for probe in probes[direction]}
            answers = host.connect(attempts.values())
            cls.results |= {probe: answers[a] for probe, a in attempts.items()}
        ours = matrix.ADDRESSES["us"][cls.family]
        cls.pings = {
            party: outside.pings(matrix.ADDRESSES[party][cls.family], ours)
            for party in (cls.plan.known[0], "management", "unknown")
        }
        cls.status = daemon.stop()

    def check(self, category):
        wrong = []
        for probe, name in sorted(self.plan.reasons.get(category, ())):
            expected, seen = self.plan.expected[probe], self.results[probe]
            if seen != expected:
                direction, protocol, party, port = probe
                way = "to" if direction == "out" else "from"
                wrong.append(f"{name}: {protocol}/{port} {way} {party}: {seen}, not {expected}")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_rows_are_open_for_whoever_may_begin(self):
        self.assertTrue(self.plan.reasons["open"])
        self.check("open")

    def test_neighbouring_ports_are_refused_with_an_answer(self):
        self.check("neighbour")

    def test_unknown_hosts_hear_nothing_and_are_not_called(self):
        self.check("unknown")

    def test_the_other_protocol_is_refused(self):
        self.check("protocol")

    def test_the_other_end_may_not_begin(self):
        self.check("direction")

    def test_rows_that_are_off_are_shut(self):
        self.check("off")

    def test_management_reaches_ssh_and_nothing_else(self):
        self.check("management")

    def test_echo_requests_are_answered(self):
        self.assertEqual(self.pings, dict.fromkeys(self.pings, True))

    def test_daemon_ends_well(self):
        self.assertEqual(self.status, 0)


class AppServerIpv4(Matrix, unittest.TestCase):
    role, family = "app-server", 0


class AppServerIpv6(Matrix, unittest.TestCase):
    role, family = "app-server", 1


# The old dynamic range holds the global catalog's ports: together, one would hide that the
# other does not work.
LEGACY_RPC = ("rpc-dynamic-legacy",)
APP_SERVER_EXTRAS = tuple(
    row.flow for row in matrix.optional_rows_of("app-server") if row.flow not in LEGACY_RPC
)
PROXY_EXTRAS = tuple(row.flow for row in matrix.optional_rows_of("proxy"))


class AppServerWithOptionalRowsIpv4(Matrix, unittest.TestCase):
    role, family, enable = "app-server", 0, APP_SERVER_EXTRAS


class AppServerWithOptionalRowsIpv6(Matrix, unittest.TestCase):
    role, family, enable = "app-server", 1, APP_SERVER_EXTRAS


class AppServerWithLegacyRpcIpv4(Matrix, unittest.TestCase):
    role, family, enable = "app-server", 0, LEGACY_RPC


class AppServerWithLegacyRpcIpv6(Matrix, unittest.TestCase):
    role, family, enable = "app-server", 1, LEGACY_RPC


# The page names 443 to azure twice, and 5985 and 5986 to Windows hosts: each row must do
# without the other.


class AppServerWithoutTheFirstOfTwinsIpv4(Matrix, unittest.TestCase):
    role, family = "app-server", 0
    disable = ("entra-https", "powershell-remoting")


class AppServerWithoutTheSecondOfTwinsIpv6(Matrix, unittest.TestCase):
    role, family = "app-server", 1
    disable = ("azure-graph", "password-change-windows")


class AppServerWithoutTwinsIpv4(Matrix, unittest.TestCase):
    role, family = "app-server", 0
    disable = ("entra-https", "azure-graph", "powershell-remoting", "password-change-windows")


class ProxyIpv4(Matrix, unittest.TestCase):
    role, family = "proxy", 0


class ProxyIpv6(Matrix, unittest.TestCase):
    role, family = "proxy", 1


class ProxyWithOptionalRowsIpv4(Matrix, unittest.TestCase):
    role, family, enable = "proxy", 0, PROXY_EXTRAS


class ProxyWithOptionalRowsIpv6(Matrix, unittest.TestCase):
    role, family, enable = "proxy", 1, PROXY_EXTRAS


class TargetIpv4(Matrix, unittest.TestCase):
    role, family = "target", 0


class TargetIpv6(Matrix, unittest.TestCase):
    role, family = "target", 1


class TheMatrixItself(unittest.TestCase):
    """The page has 16 rows, and each of them is tried on some host."""

    def test_has_the_sixteen_rows_of_the_page(self):
        numbers = [row.number for row in matrix.ROWS if not row.optional]
        self.assertEqual(numbers, list(range(1, 17)))

    def test_every_row_is_tried_somewhere(self):
        tried = set()
        for case in Matrix.__subclasses__():
            tried |= {row.flow for row in matrix.rows_of(case.role, case.enable, case.disable)}
        self.assertEqual(tried, {row.flow for row in matrix.ROWS})

    def test_both_ends_are_tried_where_a_role_of_ours_is_at_both(self):
        ends = {
            row.flow: {d for role in matrix.PLAYS for d, _ in matrix.ends(role, row)}
            for row in matrix.ROWS
        }
        for flow in ("ssh-target", "register-proxy", "register-action-service"):
            self.assertEqual(ends[flow], {"in", "out"}, flow)


if __name__ == "__main__":
    hosts.main()
