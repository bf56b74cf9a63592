#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers by name, with packets: rolewalld, rolewall-reader, a name server and a host whose addresses
change.

A name never cuts a good connection and never empties a set.
"""

import json
import os
import re
import signal
import subprocess
import time
import unittest

import dns
import hosts
import test_reader

SERVER = "127.0.0.1"
SERVICE, OTHERS, WEB = 443, 8443, 80
NAME, SECOND_NAME = "service.example.com", "second.example.com"
US, CLIENT = "10.20.0.1", "10.2.1.1"
ADDRESSES = [f"10.2.0.{i}" for i in range(1, 40)]
UNKNOWN = "10.2.9.9"
TTL = 1

ROLE = """[role]
name = door
plays = door
peers = service, client
[flow out]
port = 443
protocol = tcp
source = door
target = service
[flow web]
port = 80
protocol = tcp
source = client
target = door
"""
HOST = """[host]
roles = door
names-ttl-floor = 1 s
{more}
[management]
from = 10.9.0.2
[peer service]
name = {names}
private = yes
[peer client]
address = 10.2.1.0/24
"""


class Names(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(US)
        self.outside.address(*ADDRESSES, UNKNOWN, CLIENT)
        self.outside.serve([("tcp", "0.0.0.0", SERVICE)])
        self.us.serve([("tcp", "0.0.0.0", WEB)])
        self.etc = self.lab.directory / "etc"
        self.etc.mkdir(mode=0o755)
        for name, text in (
            ("nsswitch.conf", "hosts: files dns\n"),
            ("hosts", ""),
            ("resolv.conf", f"nameserver {SERVER}\n"),
        ):
            (self.etc / name).write_text(text)
            (self.etc / name).chmod(0o644)
        self.state = self.lab.directory / "state"
        self.config, self.roles = self.lab.config(), self.lab.config()
        self.roles.file("door.conf", ROLE)
        self.server = None
        self.reader = None

    # ---- what happens ----

    def configure(self, names=NAME, **keys):
        more = "\n".join(f"{k.replace('_', '-')} = {v}" for k, v in keys.items())
        self.config.file("rolewall.conf", HOST.format(names=names, more=more))

    def answer(self, *addresses, name=NAME, ttl=TTL):
        """From now on; nobody but the name server is told."""
        if not self.server:
            self.server = self.enterContext(dns.Server(self.us, SERVER))
        self.server.says(name, lambda q: q.addresses(addresses, ttl))

    def fails(self, code, name=NAME):
        self.server.says(name, lambda q: q.reply(code=code))

    def start(self, with_reader=True):
        self.daemon = self.us.start_daemon(
            self.config, roles_dir=self.roles.directory, state=self.state
        )
        self.daemon.wait_ready()
        if with_reader:
            self.start_reader()

    def start_reader(self):
        self.reader = self.lab.started(
            test_reader.Reader(self.us, self.daemon.runtime, self.etc, wrap=())
        )

    def kill(self, process):
        process.signal(signal.SIGKILL)
        process.wait()
        process.end()

    # ---- what comes of it ----

    def passes(self, address, port=SERVICE):
        return self.us.connect_one("tcp", US, address, port, 300) == "open"

    def set_has(self, address, name="peer-service-named4"):
        done = self.us.run(
            *("nft", "get", "element", "inet", "rolewall", name, f"{{ {address} }}"), check=False
        )
        return done.returncode == 0

    def wait_for(self, what, *arguments, **keys):
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while not what(*arguments, **keys):
            self.assertLess(time.monotonic(), deadline, (what, arguments, self.daemon.stderr()))
            time.sleep(0.02)  # there is no event for it

    def assert_open(self, *addresses):
        self.assertEqual([a for a in addresses if not self.passes(a)], [], self.daemon.stderr())

    def assert_closed(self, *addresses):
        self.assertEqual([a for a in addresses if self.passes(a)], [], self.daemon.stderr())


class Learning(Names):
    def test_an_address_that_is_learned_passes_and_no_other(self):
        self.configure()
        self.answer(ADDRESSES[0])
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        self.assert_open(ADDRESSES[0])
        self.assert_closed(UNKNOWN, ADDRESSES[1])

    def test_addresses_rotate_and_those_that_were_learned_stay(self):
        self.configure()
        self.answer(ADDRESSES[0])
        self.start()
        for i in range(1, 6):
            self.wait_for(self.set_has, ADDRESSES[i - 1])
            self.answer(ADDRESSES[i])
        self.wait_for(self.set_has, ADDRESSES[5])
        self.assert_open(*ADDRESSES[:6])
        self.assert_closed(UNKNOWN)

    def test_a_name_that_never_resolved_blocks_nobody(self):
        self.configure()
        self.start()
        self.assert_closed(ADDRESSES[0])
        self.assertEqual(self.outside.connect_one("tcp", CLIENT, US, WEB), "open")

    def test_no_failure_takes_an_address_away(self):
        self.configure()
        self.answer(ADDRESSES[0])
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        for code in (dns.NXDOMAIN, dns.SERVFAIL, dns.REFUSED):
            asked = len(self.server.asked(NAME))
            self.fails(code)
            self.assertTrue(self.server.wait_asked(NAME, asked + 2, hosts.WAIT_SECONDS))
            self.assert_open(ADDRESSES[0])
        self.assertEqual(self.daemon.stderr().count(f"cannot resolve {NAME}"), 1)
        heard = len(self.daemon.stderr())
        self.answer(ADDRESSES[1])
        self.daemon.said(heard, f"{NAME} is resolved again")
        self.assert_open(ADDRESSES[0], ADDRESSES[1])

    def test_a_reload_and_a_repair_keep_what_was_learned(self):
        self.configure()
        self.answer(*ADDRESSES[:3])
        self.start()
        self.wait_for(self.set_has, ADDRESSES[2])
        self.configure(names=f"{NAME}, {SECOND_NAME}")
        self.daemon.reload()
        self.assert_open(*ADDRESSES[:3])
        self.us.run("nft", "delete", "table", "inet", "rolewall", check=False)
        self.wait_for(self.set_has, ADDRESSES[2])
        self.assert_open(*ADDRESSES[:3])
        self.assert_closed(UNKNOWN)

    def test_what_a_peer_is_called_no_longer_is_not_allowed_any_more(self):
        self.configure(names=f"{NAME}, {SECOND_NAME}")
        self.answer(ADDRESSES[0])
        self.answer(ADDRESSES[1], name=SECOND_NAME)
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        self.wait_for(self.set_has, ADDRESSES[1])
        self.configure(names=SECOND_NAME)
        self.daemon.reload()
        self.assert_closed(ADDRESSES[0])
        self.assert_open(ADDRESSES[1])


class Asked(Names):
    """`rolewallctl names`."""

    def names(self, *arguments):
        done = self.daemon.ask("names", "--json", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def name(self):
        [one] = self.names(NAME)["names"]
        return one

    def test_a_name_is_told_with_its_addresses_and_with_what_is_wrong(self):
        self.configure(names=f"{NAME}, {SECOND_NAME}")
        self.answer(ADDRESSES[0])
        self.answer(ADDRESSES[0], name=SECOND_NAME)
        self.start()
        self.wait_for(lambda: all(n["addresses"] for n in self.names()["names"]))
        self.assertEqual(self.names()["reader"]["asks"], [SERVER])
        found = self.name()
        [address] = found["addresses"]
        self.assertEqual((found["peers"], found["error"]), (["service"], None))
        self.assertEqual(address["address"], ADDRESSES[0])
        self.assertIn("asked", address["sources"])
        self.assertEqual(address["also-of"], [SECOND_NAME])
        self.fails(dns.NXDOMAIN)
        self.wait_for(lambda: self.name()["error"])
        self.assertEqual(self.name()["error"]["code"], "nxdomain")
        self.assertEqual([a["address"] for a in self.name()["addresses"]], ADDRESSES[:1])
        text = self.daemon.ask("names", NAME.upper() + ".").stdout
        self.assertIn("no such name (NXDOMAIN)", text)
        self.assertNotIn(f"\n{SECOND_NAME}\n", text)

    def test_flows_that_wait_are_told_and_a_refresh_asks_at_once(self):
        self.configure()
        self.answer()
        self.fails(dns.NXDOMAIN)
        self.start()
        self.wait_for(lambda: self.name()["error"])
        self.assertEqual(self.name()["waiting-flows"], ["out"])
        self.answer(ADDRESSES[0], ttl=3600)
        self.wait_for(self.set_has, ADDRESSES[0])
        self.assertEqual(self.name()["waiting-flows"], [])
        self.assertGreater(self.name()["next-asked-seconds"], 1000)
        for arguments in ((), (NAME,)):
            asked = len(self.server.asked(NAME))
            done = self.daemon.ask("names", "--refresh", *arguments)
            self.assertEqual((done.returncode, done.stdout), (0, "1 name is asked for now\n"))
            self.assertTrue(self.server.wait_asked(NAME, asked + 2, hosts.WAIT_SECONDS))

    def test_status_counts_names_and_says_that_the_reader_is_missing(self):
        self.configure(names=f"{NAME}, {SECOND_NAME}")
        self.answer(ADDRESSES[0])
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        self.wait_for(lambda: json.loads(self.status().stdout)["names-failing"] == 1)
        done = self.status()
        found = json.loads(done.stdout)
        self.assertEqual((done.returncode, found["problems"]), (0, []))
        counts = [found[k] for k in ("names", "names-without-address", "names-full")]
        self.assertEqual((counts, found["reader-connected"]), ([2, 1, 0], True))
        self.kill(self.reader)
        self.wait_for(lambda: self.status().returncode == 3)
        [problem] = json.loads(self.status().stdout)["problems"]
        self.assertIn("rolewall-reader is not connected", problem)

    def status(self):
        return self.daemon.ask("status", "--json")

    def test_wrong_words_are_refused_in_one_line(self):
        self.configure()
        self.start(with_reader=False)
        for arguments, status, said in (
            (("other.example",), 1, "no name 'other.example' is followed"),
            (("--refresh", "other.example"), 1, "no name 'other.example' is followed"),
            (("a..b",), 1, "'a..b'"),
            (("--refresh",), 1, "rolewall-reader is not connected"),
            (("--refresh", "--json"), 2, "not both"),
        ):
            with self.subTest(arguments):
                done = self.daemon.ask("names", *arguments)
                self.assertEqual((done.returncode, done.stdout), (status, ""))
                self.assertIn(said, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
        self.assertFalse(self.names()["reader"]["connected"])
        self.assertIn("not connected", self.daemon.ask("names").stdout)


class Restarts(Names):
    def test_what_is_known_is_in_the_first_commit_before_any_resolver_answers(self):
        self.configure()
        self.answer(*ADDRESSES[:3])
        self.start()
        self.wait_for(self.set_has, ADDRESSES[2])
        self.daemon.stop()
        self.daemon.end()
        self.us.run("nft", "delete", "table", "inet", "rolewall", check=False)
        self.start(with_reader=False)
        self.assert_open(*ADDRESSES[:3])
        self.assert_closed(UNKNOWN)

    def test_kills_of_both_cut_no_connection(self):
        self.configure()
        self.answer(ADDRESSES[0])
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        held = self.us.hold(20, US, ADDRESSES[0], SERVICE)
        for i in range(1, hosts.length(20, 5)):
            self.answer(ADDRESSES[i])
            self.wait_for(self.set_has, ADDRESSES[i])
            self.kill(self.daemon)
            self.start(with_reader=False)
            self.kill(self.reader)
            self.assert_open(*ADDRESSES[: i + 1])
            self.start_reader()
            self.assertEqual([k for k in range(1, 21) if not held.alive(k)], [])

    def test_a_full_state_directory_is_said_when_it_begins_and_when_it_ends(self):
        self.configure()
        self.answer(ADDRESSES[0])
        self.state.mkdir(mode=0o700)
        mount = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "state", self.state]
        subprocess.run(mount, check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.state], check=True)
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        ballast = self.state / "ballast"
        with self.assertRaisesRegex(OSError, "No space left"), open(ballast, "wb", 0) as file:
            while True:
                file.write(bytes(4096))
        said = "cannot save in .* what is known of names: No space left on device"
        for i, ttl in ((1, TTL), (2, 3600)):
            self.answer(ADDRESSES[i], ttl=ttl)
            self.wait_for(self.set_has, ADDRESSES[i])
        done = self.daemon.ask("status", "--json")
        [problem] = json.loads(done.stdout)["problems"]
        self.assertEqual(done.returncode, 3)
        self.assertRegex(problem, said)
        self.assertEqual(len(re.findall(said, self.daemon.stderr())), 1)
        heard = len(self.daemon.stderr())
        ballast.unlink()
        self.daemon.said(heard, "resolved: cannot save")
        self.kill(self.daemon)
        self.start(with_reader=False)
        self.assert_open(*ADDRESSES[:3])

    def test_damaged_state_is_said_and_resolved_again(self):
        self.configure()
        self.answer(ADDRESSES[0])
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        self.daemon.stop()
        self.daemon.end()
        saved = self.state / "names"
        saved.write_bytes(saved.read_bytes()[:-7])
        self.start()
        self.assertIn("names is damaged", self.daemon.stderr())
        self.wait_for(self.set_has, ADDRESSES[0])


if __name__ == "__main__":
    hosts.main()
