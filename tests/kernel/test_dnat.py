#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A published container port is an inbound port.

A container engine publishes a port by a DNAT rule in a table of its own, and what it
publishes is forwarded: it passes every input rule by.  People find out when their
"closed" host is scanned.  So rolewall judges connections that were DNATed, and judges
them by what the client asked for (our address, the published port), not by the
container's address and port, which no role file could know.

What is forwarded without DNAT is no business of a host firewall: the container's own way
out, routed or masqueraded, stays as it was.
"""

import unittest

import hosts
import matrix

PUBLISHED, INSIDE = 4422, 2222  # of flow ssh-proxy
UNNAMED, UNNAMED_INSIDE = 8080, 80  # of no flow
DISGUISED, DISGUISED_INSIDE = 9000, 4422  # of no flow, on a container port that is one's
ANYWHERE = 7777
SESSIONS = 20  # more than the other tests here can have open at a time
BEHIND = ("172.17.0.0/16", "fd00:17::/64")
GATEWAY = ("172.17.0.1", "fd00:17::1")
CONTAINER = ("172.17.0.2", "fd00:17::2")  # goes out masqueraded
ROUTED = ("172.17.0.3", "fd00:17::3")  # goes out with its own address

ENGINE = f"""
table ip engine {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		fib daddr type local tcp dport {PUBLISHED} dnat to {CONTAINER[0]}:{INSIDE}
		fib daddr type local tcp dport {UNNAMED} dnat to {CONTAINER[0]}:{UNNAMED_INSIDE}
		fib daddr type local tcp dport {DISGUISED} dnat to {CONTAINER[0]}:{DISGUISED_INSIDE}
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat
		ip saddr {CONTAINER[0]} oifname "eth0" masquerade
	}}
}}
table ip6 engine {{
	chain prerouting {{
		type nat hook prerouting priority dstnat
		fib daddr type local tcp dport {PUBLISHED} dnat to [{CONTAINER[1]}]:{INSIDE}
		fib daddr type local tcp dport {UNNAMED} dnat to [{CONTAINER[1]}]:{UNNAMED_INSIDE}
		fib daddr type local tcp dport {DISGUISED} dnat to [{CONTAINER[1]}]:{DISGUISED_INSIDE}
	}}
	chain postrouting {{
		type nat hook postrouting priority srcnat
		ip6 saddr {CONTAINER[1]} oifname "eth0" masquerade
	}}
}}
"""


class DnatCase(unittest.TestCase):
    """A proxy with a container behind it, and an engine that has published two ports."""

    @classmethod
    def setUpClass(cls):
        lab = cls.enterClassContext(hosts.Lab())
        cls.us, cls.outside, cls.container = map(lab.host, ("us", "outside", "container"))
        lab.wire(cls.us, cls.outside)
        lab.wire(cls.us, cls.container, "docker0", "eth0", prefixes=BEHIND)
        cls.us.address(*matrix.ADDRESSES["us"])
        cls.us.address(*GATEWAY, link="docker0")
        cls.container.address(*CONTAINER, *ROUTED)
        for party in ("ssh-client", "windows-host", "unknown", "management"):
            cls.outside.address(*matrix.ADDRESSES[party])
        for name in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            cls.us.sysctl(name, "1")
        for host, gateways in ((cls.container, GATEWAY), (cls.outside, matrix.ADDRESSES["us"])):
            to = ("default", "default") if host is cls.container else BEHIND
            host.ip(*(f"route add {t} via {g}" for t, g in zip(to, gateways)))
        ports = {INSIDE, UNNAMED_INSIDE, DISGUISED_INSIDE, ANYWHERE}
        cls.container.serve(hosts.wildcards({("tcp", port) for port in ports}))
        cls.outside.serve(hosts.wildcards({("tcp", ANYWHERE), ("udp", ANYWHERE)}))
        cls.us.nft(ENGINE)

        cls.config = lab.config()
        cls.configure()
        cls.daemon = cls.us.daemon(cls.config)

    @classmethod
    def configure(cls, **more_peers):
        peers = {party: matrix.spelled(party) for party in matrix.parties("proxy")} | more_peers
        management = matrix.spelled("management")
        cls.config.write("proxy", peers, management=management, size=450)
        cls.config.file("roles/proxy.conf", f"[size 450]\nsessions = {SESSIONS}\n")

    def reload(self, **more_peers):
        self.configure(**more_peers)
        self.daemon.reload()

    def sessions(self):
        """A session of the flow's peer with the container, in each family."""
        holds = []
        for family in (0, 1):
            them, us = (matrix.ADDRESSES[p][family] for p in ("ssh-client", "us"))
            hold = self.outside.hold(1, them, us, PUBLISHED, 500)
            self.assertEqual(hold.opened, ["held 1"])
            self.addCleanup(hold.end)
            holds.append(hold)
        return holds

    def results(self, party, port):
        """From a party to our address, both families."""
        us, them = matrix.ADDRESSES["us"], matrix.ADDRESSES[party]
        attempts = [("tcp", them[family], us[family], port) for family in (0, 1)]
        return list(self.outside.connect(attempts).values())


class PublishedPort(DnatCase):
    def test_peer_of_the_flow_reaches_the_container(self):
        self.assertEqual(self.results("ssh-client", PUBLISHED), ["open"] * 2)

    def test_session_with_the_container_goes_on_over_reloads(self):
        holds = self.sessions()
        for _ in range(2):
            self.assertEqual([h.alive(1) for h in holds], [True, True])
            self.daemon.reload()
        self.assertEqual([h.alive(1) for h in holds], [True, True])

    def test_session_of_a_removed_peer_with_the_container_stops(self):
        holds = self.sessions()
        self.addCleanup(self.reload)
        self.reload(**{"ssh-client": ["10.2.0.99", "2001:db8:2::99"]})
        self.assertEqual([h.alive(1) for h in holds], [False, False])
        self.assertEqual(self.results("ssh-client", PUBLISHED), ["silent"] * 2)

    def test_known_host_that_is_not_the_peer_of_the_flow_is_refused(self):
        for party in ("windows-host", "management"):
            self.assertEqual(self.results(party, PUBLISHED), ["reset"] * 2, party)

    def test_unknown_host_does_not_reach_the_container(self):
        self.assertEqual(self.results("unknown", PUBLISHED), ["silent"] * 2)

    def test_published_port_that_no_flow_names_is_refused(self):
        self.assertEqual(self.results("ssh-client", UNNAMED), ["reset"] * 2)
        self.assertEqual(self.results("unknown", UNNAMED), ["silent"] * 2)

    def test_port_inside_the_container_is_not_what_counts(self):
        self.assertEqual(self.results("ssh-client", DISGUISED), ["reset"] * 2)
        self.assertEqual(self.results("unknown", DISGUISED), ["silent"] * 2)


class NotPublished(DnatCase):
    def test_container_goes_out_masqueraded_or_routed(self):
        attempts = [
            (protocol, source, matrix.ADDRESSES["unknown"][family], ANYWHERE)
            for protocol in ("tcp", "udp")
            for family in (0, 1)
            for source in (CONTAINER[family], ROUTED[family])
        ]
        results = self.container.connect(attempts)
        self.assertEqual(results, dict.fromkeys(attempts, "open"))

    def test_routed_traffic_to_the_container_is_left_alone(self):
        attempts = [
            ("tcp", matrix.ADDRESSES["unknown"][family], ROUTED[family], ANYWHERE)
            for family in (0, 1)
        ]
        results = self.outside.connect(attempts)
        self.assertEqual(results, dict.fromkeys(attempts, "open"))


class Size(DnatCase):
    def test_sessions_with_the_container_count_towards_the_size(self):
        # several clients: one alone has a rate
        them, us = (matrix.ADDRESSES[p][0] for p in ("ssh-client", "us"))
        clients = [them, *(f"10.2.0.{n}" for n in (101, 102, 103))]
        self.outside.address(*clients[1:])
        self.addCleanup(self.reload)
        self.reload(**{"ssh-client": clients})
        each, opened = SESSIONS // len(clients), []
        for client in clients:
            opened += self.outside.hold(each, client, us, PUBLISHED).opened
        self.assertEqual(opened, [f"held {k}" for k in range(1, each + 1)] * len(clients))
        more = self.outside.hold(1, clients[-1], us, PUBLISHED)
        self.assertEqual(more.opened, ["refused 1 reset"])


if __name__ == "__main__":
    hosts.main()
