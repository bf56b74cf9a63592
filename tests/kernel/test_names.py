#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Peers by name, with packets: rolewalld, rolewall-reader, a name server and a host whose addresses
change.

A name never cuts a good connection and never empties a set.
"""

import dataclasses
import errno
import itertools
import json
import os
import re
import signal
import socket
import struct
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
MANY = [f"10.2.3.{i}" for i in range(1, 251)]
FORGED = "10.2.4.4"
FAR_SERVER, SILENT = "10.2.0.53", "127.0.0.9"
READER_USER = 64999
PATIENCE_SECONDS = 1.5  # a retransmission of the first packet comes after a second
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
    wrap = ()  # of the daemon

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
        self.daemon = self.reader = None

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

    def start(self, with_reader=True, **options):
        self.daemon = self.us.start_daemon(
            self.config,
            roles_dir=self.roles.directory,
            state=self.state,
            runtime=self.lab.directory / "run",
            wrap=self.wrap,
            **options,
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
            said = self.daemon.stderr() if self.daemon else ""
            self.assertLess(time.monotonic(), deadline, (what, arguments, said))
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
        self.start(arguments=("--ownership", "none"))
        self.wait_for(self.set_has, ADDRESSES[2])
        self.configure(names=f"{NAME}, {SECOND_NAME}")
        self.daemon.reload()
        self.assert_open(*ADDRESSES[:3])
        self.us.run("nft", "delete", "table", "inet", "rolewall")
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
        self.wait_for(lambda: self.daemon.ask("status").returncode == 3)  # some seconds later
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


class Told(Names):
    """With an application, which asks the name server itself and is told what the reader was not."""

    def setUp(self):
        super().setUp()
        self.outside.address(*MANY, FORGED)
        passwd = "root:x:0:0::/:/bin/sh\n"
        passwd += f"rolewall-reader:x:{READER_USER}:{READER_USER}::/:/bin/sh\n"
        (self.etc / "passwd").write_text(passwd)
        (self.etc / "passwd").chmod(0o644)
        inside = 'mount --bind "$1" /etc && shift && exec "$@"'
        self.wrap = ("unshare", "--mount", "sh", "-c", inside, "sh", str(self.etc))
        self.numbers = itertools.count(1)

    def rotate(self, *addresses):
        """Each question gets the next one, for an hour, so that the reader asks once."""
        self.server = self.server or self.enterContext(dns.Server(self.us, SERVER))
        left = iter(addresses)
        rightly = lambda q: q.addresses([next(left)] if q.type == dns.A else [], 3600)
        self.server.says(NAME, rightly)
        return rightly

    def start_with_first(self, *addresses, **options):
        self.configure()
        rightly = self.rotate(*addresses)
        self.start(**options)
        self.wait_for(self.set_has, addresses[0])
        return rightly

    def question(self):
        head = struct.pack("!HHHHHH", next(self.numbers), 0x0100, 1, 0, 0, 0)
        return head + dns.encode_name(NAME) + struct.pack("!HH", dns.A, 1)

    def ask(self, over_tcp=False, server=SERVER):
        """What an application does; the address that it is told."""
        with self.us.inside():
            s = socket.socket(type=socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM)
        with s:
            s.settimeout(hosts.WAIT_SECONDS)
            s.connect((server, dns.PORT))
            return self.ask_by(s, over_tcp)

    def ask_by(self, s, over_tcp):
        message = self.question()
        if not over_tcp:
            s.send(message)
            return socket.inet_ntoa(s.recv(512)[-4:])
        s.sendall(struct.pack("!H", len(message)) + message)
        with s.makefile("rb") as stream:
            return socket.inet_ntoa(stream.read(*struct.unpack("!H", stream.read(2)))[-4:])

    def far_server(self):
        """A resolver on another host, for the next start; rotates as rotate() says."""
        (self.etc / "resolv.conf").write_text(f"nameserver {FAR_SERVER}\n")
        self.outside.address(FAR_SERVER)
        self.server = self.enterContext(dns.Server(self.outside, FAR_SERVER))

    def reader_says(self):
        done = self.daemon.ask("names", "--json")
        return json.loads(done.stdout)["reader"]

    def dial(self, address, seconds=PATIENCE_SECONDS):
        """At once: how long it took, or None if it failed in time."""
        with self.us.inside():
            s = socket.socket()
        with s:
            s.settimeout(seconds)
            began = time.monotonic()
            try:
                s.connect((address, SERVICE))
            except OSError:
                return None
            return time.monotonic() - began

    def rules(self):
        return self.us.run("nft", "list", "table", "inet", "rolewall")


class Overhearing(Told):
    def test_an_application_reaches_what_it_is_told_each_time(self):
        count = hosts.length(200, 8)
        self.start_with_first(*MANY[: count + 1])
        failed = []
        for i in range(count):
            address = self.ask(over_tcp=bool(i % 2))
            if self.dial(address) is None:
                failed.append((i, address))
        self.assertEqual(failed, [], self.daemon.stderr())
        self.assertEqual(len([q for q in self.server.asked(NAME) if q.type == dns.A]), count + 1)
        self.assert_closed(UNKNOWN)

    def test_an_answer_with_another_id_adds_nothing(self):
        rightly = self.start_with_first(*MANY[:3])
        self.server.says(
            NAME, lambda q: dataclasses.replace(q, id=q.id ^ 1).addresses([FORGED], 3600)
        )
        self.assertEqual(self.ask(), FORGED)
        self.server.says(NAME, rightly)
        told = self.ask()
        self.wait_for(self.set_has, told)
        self.assertFalse(self.set_has(FORGED))
        self.assertIsNone(self.dial(FORGED))

    def test_a_reader_that_is_killed_costs_nothing_that_this_host_was_told(self):
        self.start_with_first(*MANY[:9])
        known = [MANY[0], self.ask(), self.ask(over_tcp=True)]
        for address in known:
            self.wait_for(self.set_has, address)
        self.kill(self.reader)
        self.assert_open(*known)
        meanwhile = self.ask()
        self.start_reader()
        self.wait_for(self.set_has, meanwhile)
        self.assert_open(*known, meanwhile)

    def test_a_restart_of_the_daemon_loses_no_answer_where_its_sockets_are_kept(self):
        options = {"arguments": ("--fd-store",)}
        self.start_with_first(*MANY[:9], **options)
        for _ in range(2):
            self.kill(self.daemon)
            meanwhile = [self.ask(), self.ask(over_tcp=True)]
            kept = self.daemon.kept
            self.kill(self.reader)
            self.start(kept=kept, **options)
            for address in meanwhile:
                self.wait_for(self.set_has, address)
            self.assert_open(*meanwhile)

    def test_diff_without_the_daemon_tells_no_change_where_there_is_none(self):
        self.start_with_first(*MANY[:9])
        argv = [*self.wrap, hosts.setting("ROLEWALLCTL"), "--config-dir", self.config.directory]
        argv += ["--roles-dir", self.roles.directory, "--state-dir", self.state]
        argv += ["--runtime-dir", self.lab.directory / "nowhere", "diff"]
        done = self.us.run(*argv, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "no change\n"), done.stderr)

    def test_nothing_is_copied_while_no_name_is_followed(self):
        self.start_with_first(*MANY[:9])
        self.assertIn(" log group ", self.rules())
        self.daemon.reload()
        self.wait_for(self.set_has, self.ask())
        self.config.file(
            "rolewall.conf",
            HOST.format(names=NAME, more="").replace(
                f"name = {NAME}\nprivate = yes", f"address = {ADDRESSES[0]}"
            ),
        )
        self.daemon.reload()
        self.assertNotIn(" log group ", self.rules())
        self.configure()
        self.daemon.reload()
        told = self.ask()
        self.wait_for(self.set_has, told)

    def assert_conversations_are_heard(self):
        """From their first question to their last: a stamp would take them out of sight."""
        self.rotate(*MANY[:20])
        self.start()
        self.wait_for(self.set_has, MANY[0])
        for over_tcp in (False, True):
            with self.us.inside():
                s = socket.socket(type=socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM)
            with s:
                s.settimeout(hosts.WAIT_SECONDS)
                s.connect((FAR_SERVER, dns.PORT))
                for _ in range(4):
                    self.wait_for(self.set_has, self.ask_by(s, over_tcp))

    def test_long_conversations_over_the_wire_are_heard_by_outbound_allow(self):
        self.far_server()
        self.configure(outbound="allow")
        self.assert_conversations_are_heard()

    def test_long_conversations_over_the_wire_are_heard_by_a_flow(self):
        self.far_server()
        dns_flow = "\n[flow dns]\nport = 53\nprotocol = tcp udp\nsource = door\ntarget = ns\n"
        self.config.file(
            "rolewall.conf",
            HOST.format(names=NAME, more="") + f"[peer ns]\naddress = {FAR_SERVER}\n" + dns_flow,
        )
        self.assert_conversations_are_heard()

    def test_a_flood_of_forged_answers_adds_nothing(self):
        rightly = self.start_with_first(*MANY[:9])
        with self.us.inside():
            s = socket.socket(type=socket.SOCK_DGRAM)
        self.enterContext(s)
        s.connect((SERVER, dns.PORT))
        self.server.says(NAME, lambda q: None)
        message = self.question()
        s.send(message)
        self.assertTrue(self.server.wait_asked(NAME, 3, hosts.WAIT_SECONDS))
        self.server.says(NAME, rightly)
        question = dns.parse(message, False)
        for i in range(1, 1 + hosts.length(1_000_000, 20_000)):
            forged = dataclasses.replace(question, id=(question.id + 1 + i % 65535) & 0xFFFF)
            self.server.send(forged.addresses([FORGED], 3600), s.getsockname())
        # the question is not believed any more, and the reader asks
        self.wait_for(self.set_has, MANY[1])
        self.assertFalse(self.set_has(FORGED))

    def test_copies_that_are_lost_are_counted_and_answered_by_asking(self):
        (self.etc / "resolv.conf").write_text(f"nameserver {SERVER}\nnameserver {SILENT}\n")
        self.start_with_first(*MANY[:9])
        self.reader.signal(signal.SIGSTOP)
        with self.us.inside():
            silent, s = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
        with silent, s:
            silent.bind((SILENT, dns.PORT))
            s.connect((SILENT, dns.PORT))
            message = self.question().replace(b"service", b"unknown")
            for _ in range(200_000):  # more than the log has room for
                s.send(message)
        told = self.ask()
        asked = len(self.server.asked(NAME))
        self.reader.signal(signal.SIGCONT)
        self.wait_for(lambda: self.reader_says().get("overruns"))
        self.assertTrue(self.server.wait_asked(NAME, asked + 2, hosts.WAIT_SECONDS))
        self.wait_for(self.set_has, MANY[MANY.index(told) + 1])

    def test_look_ups_of_the_reader_get_out_to_a_resolver_and_no_others(self):
        (self.etc / "resolv.conf").write_text(f"nameserver {FAR_SERVER}\n")
        self.outside.address(FAR_SERVER)
        self.server = self.enterContext(dns.Server(self.outside, FAR_SERVER))
        self.answer(ADDRESSES[0])
        self.configure()
        self.start(with_reader=False)
        user = ("setpriv", f"--reuid={READER_USER}", f"--regid={READER_USER}", "--clear-groups")
        self.reader = self.lab.started(
            test_reader.Reader(self.us, self.daemon.runtime, self.etc, wrap=user)
        )
        self.wait_for(self.set_has, ADDRESSES[0])
        self.assert_open(ADDRESSES[0])
        with self.assertRaises(OSError) as refused:
            self.ask(server=FAR_SERVER)
        self.assertIn(refused.exception.errno, (errno.EPERM, errno.ECONNREFUSED, errno.EACCES))

    def test_look_ups_of_a_reader_run_by_hand_get_out(self):
        (self.etc / "resolv.conf").write_text(f"nameserver {FAR_SERVER}\n")
        self.outside.address(FAR_SERVER)
        self.server = self.enterContext(dns.Server(self.outside, FAR_SERVER))
        self.answer(ADDRESSES[0])
        self.configure()
        self.start()
        self.wait_for(self.set_has, ADDRESSES[0])
        self.assert_open(ADDRESSES[0])


if __name__ == "__main__":
    hosts.main()
