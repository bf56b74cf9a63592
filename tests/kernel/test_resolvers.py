#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers by name behind a real resolver on this host, with packets: rolewalld, rolewall-reader, unbound
or dnsmasq at 127.0.0.1, and a name server elsewhere that gives another address each time.

Whom such a resolver asks rolewall does not know: a flow lets its look-ups out.
"""

import itertools
import re
import shutil

import dns
import hosts
import test_names
from test_names import FAR_SERVER, MANY, NAME, UNKNOWN

RESOLVER = "127.0.0.1"
END = "e1.example.org"
LOOK_UPS = f"""
[flow look-ups]
port = 53
protocol = udp tcp
source = this-host
target = name-server
[peer name-server]
address = {FAR_SERVER}
"""
UNBOUND = f"""
server:
    interface: {RESOLVER}
    do-daemonize: no
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    module-config: "iterator"
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: {FAR_SERVER}
"""
DNSMASQ = f"""
no-daemon
no-resolv
no-hosts
user=root
pid-file=
listen-address={RESOLVER}
bind-interfaces
server={FAR_SERVER}
"""


class Through(test_names.Told):
    """What each of them does."""

    program, arguments, settings = None, (), ""

    def setUp(self):
        self.path = shutil.which(self.program, path="/usr/sbin:/usr/bin")
        if not self.path:
            self.skipTest(f"{self.program} is not installed")
        super().setUp()
        self.outside.address(FAR_SERVER)
        self.server = self.enterContext(dns.Server(self.outside, FAR_SERVER))
        self.file = self.lab.directory / f"{self.program}.conf"
        self.file.write_text(self.settings)

    def begin(self, ttl):
        """With one address known.  From then on each question has the next one."""
        self.configure()
        written = self.config.directory / "rolewall.conf"
        written.write_text(written.read_text() + LOOK_UPS)
        self.rotate(MANY[:1], ttl)
        self.run_resolver()
        self.start()
        self.wait_for(self.set_has, MANY[0])
        self.rotate(MANY[1:], ttl)

    def rotate(self, addresses, ttl):
        """At the end of a chain, which some resolvers ask for link by link."""
        left = itertools.cycle(addresses)
        links = [dns.cname(NAME, "Edge.example.net", 600), dns.cname("edge.EXAMPLE.net", END, 600)]

        def chain(q, beginning):
            return q.reply(beginning + [dns.a(END, next(left), ttl)] if q.type == dns.A else beginning)

        for i, name in enumerate((NAME, "edge.example.net", END)):
            self.server.says(name, lambda q, i=i: chain(q, links[i:]))

    def run_resolver(self):
        """Until it answers."""
        with open(self.lab.directory / "resolver.log", "ab") as log:
            argv = [self.path, *self.arguments, self.file]
            self.resolver = self.lab.started(hosts.Process(self.us, argv, stderr=log))
        self.wait_for(self.is_up)

    def is_up(self):
        try:
            return self.ask()
        except ConnectionRefusedError:
            return None

    def known(self):
        listed = self.us.run("nft", "list", "set", "inet", "rolewall", "peer-service-named4")
        return sorted(set(re.findall(r"10\.2\.3\.\d+", listed)))

    def test_addresses_that_rotate_arrive_and_pass(self):
        self.begin(ttl=1)
        self.wait_for(lambda: len(self.known()) >= 3)
        known = self.known()
        self.assert_open(*known)
        self.assert_closed(UNKNOWN, MANY[-1])

    def test_an_application_reaches_what_the_resolver_tells_it_each_time(self):
        """Also what the reader has not been told: with a TTL of none nothing is in a cache."""
        self.begin(ttl=0)
        told = []
        for i in range(hosts.length(100, 8)):
            told.append(self.ask(over_tcp=bool(i % 2)))
            self.assertIsNotNone(self.dial(told[-1], hosts.WAIT_SECONDS), (told, self.daemon.stderr()))
        self.assertGreater(len(set(told)), len(told) // 2)
        self.assert_closed(UNKNOWN)


class ThroughUnbound(Through):
    program, arguments, settings = "unbound", ("-d", "-c"), UNBOUND


class ThroughDnsmasq(Through):
    program, arguments, settings = "dnsmasq", ("-C",), DNSMASQ

    def test_while_the_resolver_is_down_nothing_is_lost(self):
        self.begin(ttl=1)
        self.wait_for(lambda: len(self.known()) >= 2)
        heard = len(self.daemon.stderr())
        self.kill(self.resolver)
        self.daemon.said(heard, f"cannot resolve {NAME}")
        known = self.known()
        self.assert_open(*known)
        heard = len(self.daemon.stderr())
        self.run_resolver()
        self.daemon.said(heard, f"{NAME} is resolved again")
        self.wait_for(lambda: len(self.known()) > len(known))
        self.assert_open(*self.known())


del Through  # it is no test of its own


if __name__ == "__main__":
    hosts.main()
