#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers by name on a machine that asks systemd-resolved, with all that stands between a program and
a name server there: the stub at 127.0.0.53, its cache, nss-resolve, DNS over TLS.

No flow lets look-ups out: those of systemd-resolved get out by a rule of rolewall's own.
"""

import itertools
import json
import ssl
import subprocess
import time
import unittest

import machine
import network
import resolved

import dns
import hosts

SERVER = "10.2.0.53"
NAME, SERVICE = "login.example.com", 443
ADDRESSES = [f"10.2.5.{i}" for i in range(1, 60)]
LONG = 3600
CONFIG = network.CONFIG.replace("[host]\n", "[host]\nnames-ttl-floor = 1 s\n") + f"""\
[flow service]
port = {SERVICE}
protocol = tcp
source = this-host
target = service
[peer service]
name = {NAME}
private = yes
"""
BY_DNS, BY_NSS = "hosts: files dns\n", "hosts: files resolve [!UNAVAIL=return] dns\n"
AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"


class Stub(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(hosts.Lab())
        cls.machine = machine.Machine(cls.lab)
        resolved.put(cls.machine, "systemd-resolved", "libnss-resolve")
        cls.machine.write("etc/resolv.conf", "nameserver 127.0.0.53\n")
        cls.machine.write("etc/nsswitch.conf", BY_DNS)
        cls.tls = cls.certify()
        cls.make_network()
        cls.machine.boot(cls.us)
        cls.machine.run("systemd-sysusers")
        cls.machine.install()
        cls.machine.config.file("rolewall.conf", CONFIG)

    @classmethod
    def make_network(cls):
        number = cls.lab.next_number()
        cls.us, cls.outside = cls.lab.host(f"us-{number}"), cls.lab.host(f"outside-{number}")
        network.wire(cls.lab, cls.us, cls.outside)
        cls.outside.address(SERVER, *ADDRESSES)
        cls.outside.serve([("tcp", "0.0.0.0", SERVICE)])
        cls.server = cls.enterClassContext(dns.Server(cls.outside, SERVER, tls=cls.tls))

    @classmethod
    def certify(cls):
        """A certificate of the name server's, which the machine trusts; for its server."""
        key, certificate = cls.lab.directory / "key", cls.lab.directory / "certificate"
        argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        argv += ["-nodes", "-days", "2", "-subj", f"/CN={SERVER}", "-keyout", key]
        argv += ["-addext", f"subjectAltName=IP:{SERVER}", "-out", certificate]
        subprocess.run(argv, check=True, capture_output=True)
        cls.machine.write(AUTHORITIES, certificate.read_text(encoding="ascii"))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        return context

    def setUp(self):
        self.addCleanup(self.stop)

    def stop(self):
        self.machine.run("systemctl", "stop", "rolewalld", resolved.UNIT)
        self.machine.run("nft", "delete", "table", "inet", "rolewall")
        self.machine.run("rm", "-f", "/var/lib/rolewall/names")

    def begin(self, *lines, nss=BY_DNS, ttl=LONG):
        """With the first address known.  From then on each question has the next one."""
        self.machine.write("etc/nsswitch.conf", nss)
        self.rotate(ADDRESSES[:1], ttl)
        resolved.configure(self.machine, f"DNS={SERVER}", *lines)
        self.machine.run("systemctl", "start", "rolewalld")
        self.wait_for(ADDRESSES[0])
        self.assert_open(ADDRESSES[0])
        self.rotate(ADDRESSES[1:], ttl)

    def rotate(self, addresses, ttl):
        left = itertools.cycle(addresses)
        self.asked_before = len(self.server.asked(NAME))
        self.server.says(NAME, lambda q: q.addresses([next(left)] if q.type == dns.A else [], ttl))

    def wait_asked(self, times):
        """For an A and an AAAA record, since the addresses rotate."""
        count = self.asked_before + 2 * times
        self.assertTrue(self.server.wait_asked(NAME, count, hosts.WAIT_SECONDS), self.said())

    def said(self):
        return self.machine.run("journalctl", "-b", "-o", "cat", "-u", "rolewall*", "-u", resolved.UNIT)

    def set_has(self, address):
        element = ("inet", "rolewall", "peer-service-named4", f"{{ {address} }}")
        return self.us.run("nft", "get", "element", *element, check=False).returncode == 0

    def known(self):
        return [a for a in ADDRESSES if self.set_has(a)]

    def wait_for(self, address):
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while not self.set_has(address):
            self.assertLess(time.monotonic(), deadline, (address, self.said()))
            time.sleep(0.02)  # there is no event for it

    def passes(self, address):
        return self.us.connect_one("tcp", network.US[0], address, SERVICE, 300) == "open"

    def assert_open(self, *addresses):
        self.assertEqual([a for a in addresses if not self.passes(a)], [], self.said())

    def status(self):
        done = self.machine.run("rolewallctl", "status", "--json", check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        return json.loads(done.stdout)

    def application(self):
        """What a program is told that asks as all do, and not what the stub remembers."""
        self.machine.run("resolvectl", "flush-caches")
        return self.machine.run("getent", "ahostsv4", NAME).split()[0]

    def test_names_are_followed_through_the_stub_as_their_addresses_rotate(self):
        self.begin(ttl=1)
        self.assertEqual(self.status()["answers-unseen"], [])
        self.wait_asked(5)
        known = self.known()
        self.assertGreaterEqual(len(known), 4, self.said())
        self.assert_open(*known)
        self.assertFalse(self.passes(ADDRESSES[-1]))

    def test_what_a_program_is_told_by_the_stub_is_learned(self):
        self.begin()
        for _ in range(3):
            address = self.application()
            self.wait_for(address)
            self.assert_open(address)
        self.assertFalse(self.set_has(ADDRESSES[-1]))

    def test_with_nss_resolve_what_the_stub_is_told_is_learned_and_status_says_what_is_not(self):
        self.begin(nss=BY_NSS)
        [unseen] = self.status()["answers-unseen"]
        self.assertIn("(resolve in /etc/nsswitch.conf:1): what it tells them from its cache", unseen)
        for _ in range(3):
            address = self.application()
            self.wait_for(address)
            self.assert_open(address)

    def test_over_tls_names_are_asked_for_and_what_programs_are_told_by_the_stub_is_learned(self):
        before = len(self.server.asked(NAME))
        self.begin("DNSOverTLS=yes")
        self.assertTrue(all(q.over_tcp for q in self.server.asked(NAME)[before:]))
        [unseen] = self.status()["answers-unseen"]
        self.assertIn("over TLS (/etc/systemd/resolved.conf:4): what they answer", unseen)
        address = self.application()
        self.wait_for(address)
        self.assert_open(address)

    def test_over_tls_and_with_nss_resolve_names_are_learned_by_asking_only(self):
        self.begin("DNSOverTLS=yes", nss=BY_NSS)
        [unseen] = self.status()["answers-unseen"]
        self.assertIn("no answer is seen", unseen)
        address = self.application()
        self.assertNotEqual(address, ADDRESSES[0])
        self.machine.run("rolewallctl", "names", "--refresh", NAME)  # it is in the cache
        self.wait_for(address)
        self.assert_open(address)

    def test_nobody_but_the_stub_and_the_reader_may_ask_a_name_server(self):
        self.begin()
        question = "import socket; s = socket.socket(2, 2); s.sendto(bytes(17), ('%s', 53))" % SERVER
        for user, may in ("systemd-resolve", True), ("rolewall-reader", True), ("nobody", False):
            as_user = ("setpriv", f"--reuid={user}", "--clear-groups", "/usr/bin/python3", "-c")
            done = self.machine.run(*as_user, question, check=False)
            self.assertEqual(done.returncode == 0, may, (user, done.stderr))

    def test_after_a_reboot_without_a_resolver_the_first_commit_has_what_was_known(self):
        self.begin(ttl=1)
        self.wait_asked(3)
        self.server.close()
        self.machine.run("systemctl", "enable", "rolewalld")
        self.addCleanup(self.machine.run, "systemctl", "disable", "rolewalld")
        known = self.known()
        self.assertGreater(len(known), 1)
        self.machine.start_reboot()
        type(self).make_network()
        self.machine.write("etc/resolv.conf", "nameserver 10.2.0.99\n")
        self.addCleanup(self.machine.write, "etc/resolv.conf", "nameserver 127.0.0.53\n")
        monitor = hosts.Process(self.us, ["stdbuf", "-oL", "nft", "monitor"])
        self.lab.started(monitor)
        self.machine.boot(self.us)
        missing = set(known)
        while True:
            line = monitor.line()
            missing -= {a for a in missing if "peer-service-named4" in line and a in line}
            if line.startswith("add rule inet rolewall output "):
                break
        self.assertEqual(missing, set())
        self.assert_open(*known)


if __name__ == "__main__":
    machine.main()
