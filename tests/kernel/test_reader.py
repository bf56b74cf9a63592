#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rolewall-reader with real name servers, and a test in the daemon's place.

It runs in a namespace with an /etc of its own, as a user without any right, and asks a server of
the tests (dns.py), unbound or dnsmasq.
"""

import errno
import ipaddress
import os
import pathlib
import shutil
import signal
import socket
import struct
import time
import unittest

import dns
import hosts
import notices

NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs")
PATIENCE_SECONDS = 10  # the reader's: longer than that no question is without an answer
SERVER, OTHER, RESOLVER = "127.0.0.1", "127.0.0.2", "127.0.0.53"
NAME = "login.example.com"


class Reader(hosts.Process):
    """rolewall-reader, with an /etc of its own if it is given one."""

    def __init__(self, host, runtime, etc=None, wrap=NOBODY):
        self._stderr_path = host.lab.directory / f"reader-{host.lab.next_number()}.stderr"
        inside = 'mount --bind "$1" /etc && shift && exec "$@"'
        unshare = ["unshare", "--mount", "sh", "-c", inside, "sh", etc] if etc else []
        with open(self._stderr_path, "wb") as stderr:
            super().__init__(
                host,
                [*unshare, "env", "-u", "JOURNAL_STREAM", *wrap]
                + [program(), "--runtime-dir", runtime],
                stderr=stderr,
            )

    def stderr(self):
        return self._stderr_path.read_text(errors="replace")

    def said(self, words):
        """Waits until it has said the words."""
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while words not in self.stderr():
            if time.monotonic() > deadline:
                raise hosts.LabError(f"reader: never said {words!r}: {self.stderr()!r}")
            time.sleep(0.002)  # a file cannot be waited for

    def wakes(self):
        """How often it has gone to sleep so far."""
        status = pathlib.Path(f"/proc/{self.pid()}/status").read_text(encoding="ascii")
        return int(status.partition("voluntary_ctxt_switches:")[2].split()[0])


def program():
    beside = hosts.setting("ROLEWALLD").with_name("rolewall-reader")
    return os.environ.get("ROLEWALL_READER", beside)


class ReaderCase(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us = self.lab.host("us")
        self.runtime = self.lab.directory / "run"
        self.runtime.mkdir(mode=0o755)
        self.etc = self.lab.directory / "etc"
        self.etc.mkdir(mode=0o755)
        self.etc_file("nsswitch.conf", "hosts: files dns\n")
        self.etc_file("hosts", "")
        self.resolve(SERVER)

    def etc_file(self, name, text):
        """As a whole."""
        new = self.etc / f"{name}.new"
        new.write_text(text)
        new.chmod(0o644)
        new.rename(self.etc / name)

    def resolve(self, *servers, more=""):
        self.etc_file("resolv.conf", "".join(f"nameserver {s}\n" for s in servers) + more)

    def server(self, address=SERVER):
        return self.enterContext(dns.Server(self.us, address))

    def listen(self):
        listener = notices.Listener(self.runtime, PATIENCE_SECONDS + hosts.WAIT_SECONDS)
        self.addCleanup(listener.close)
        return listener

    def start(self, **options):
        return self.lab.started(Reader(self.us, self.runtime, self.etc, **options))

    def connected(self, **options):
        """A channel to a reader that has told its state."""
        self.listener = self.listen()
        self.reader = self.start(**options)
        channel = self.listener.accept()
        self.addCleanup(channel.close)
        self.first_state = channel.state()
        return channel

    def assert_answer(self, answer, items, error=notices.FINE):
        self.assertEqual((answer.error, sorted(answer.items)), (error, sorted(items)), answer)


class Waiting(ReaderCase):
    def test_the_reader_waits_for_the_daemon_and_says_so(self):
        reader = self.start()
        reader.said(f"waiting for rolewalld at {self.runtime}/reader")
        channel = self.listen().accept()
        channel.state()
        reader.said("connected to rolewalld")

    def test_it_waits_for_a_directory_that_is_not_there(self):
        os.rmdir(self.runtime)
        reader = self.start()
        reader.said("waiting for rolewalld")
        self.runtime.mkdir()
        self.listen().accept().state()

    def test_it_comes_back_after_each_restart_of_the_daemon(self):
        reader = self.start()
        for _ in range(5):
            listener = self.listen()
            channel = listener.accept()
            channel.state()
            channel.close()
            listener.close()
        self.assertFalse(reader.ended())

    def test_it_comes_back_to_a_daemon_that_was_killed(self):
        """And left its socket behind."""
        self.start()
        for _ in range(3):
            listener = self.listen()
            listener.accept().state()
            listener._socket.close()

    def test_it_forgets_what_a_daemon_wanted_that_is_gone(self):
        server = self.server()
        server.says(NAME, lambda q: None)
        channel = self.connected()
        channel.follow(NAME)
        channel.ask(NAME, 1)
        self.assertTrue(server.wait_asked(NAME, 1, hosts.WAIT_SECONDS))
        channel.close()
        self.listener.close()
        channel = self.listen().accept()
        channel.state()
        self.etc_file("hosts", f"192.0.2.7 {NAME}\n")
        server.says("b.example", lambda q: q.addresses(["192.0.2.1"]))
        channel.ask("b.example", 1)
        self.assertEqual(channel.answer().name, "b.example")

    def test_without_the_right_to_connect_it_says_what_is_missing(self):
        notices.Listener(self.runtime, 1, mode=0o600)
        self.start().said("only the user rolewall-reader and root may")

    def test_root_may_run_it(self):
        self.connected(wrap=())

    def test_a_daemon_of_another_version_is_told_of(self):
        listener = self.listen()
        reader = self.start()
        connection, _ = listener._socket.accept()
        connection.send(notices.encode(notices.LIMITS, port=1000, version=9))
        reader.said("rolewalld is of another version")
        connection.close()
        self.assertFalse(reader.ended())

    def test_it_ends_when_it_is_told_to(self):
        self.connected()
        self.reader.signal(signal.SIGTERM)
        self.assertEqual(self.reader.wait(), 0)

    def test_nothing_wakes_it_while_nothing_is_to_do(self):
        channel = self.connected()
        channel.follow(NAME)
        self.server().says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        channel.answer()  # of the hosts file
        channel.ask(NAME, 1)
        channel.answer()
        before = self.reader.wakes()
        time.sleep(3)
        self.assertLessEqual(self.reader.wakes() - before, 1)


class Asking(ReaderCase):
    def setUp(self):
        super().setUp()
        self.dns = self.server()
        self.channel = self.connected()

    def ask(self, name, question=notices.A, kind=notices.HOST):
        self.channel.ask(name, 7, (question,), kind)
        answer = self.channel.answer()
        self.assertEqual(
            (answer.name, answer.question, answer.source, answer.serial),
            (name, question, notices.ASKING, 7),
        )
        return answer

    def test_a_name_has_its_addresses_of_both_families(self):
        both = ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
        self.dns.says(NAME, lambda q: q.addresses(both, ttl=300))
        self.channel.ask(NAME, 3, (notices.A, notices.AAAA))
        found = self.channel.answers(2)
        self.assert_answer(found[3, notices.A], [(both[0], 300), (both[1], 300)])
        self.assert_answer(found[3, notices.AAAA], [(both[2], 300)])
        self.assertTrue(all(q.has_edns for q in self.dns.asked()))

    def test_a_chain_of_ten_is_followed_to_its_end(self):
        names = [NAME, *(f"c{i}.example.net" for i in range(10))]
        links = [dns.cname(x, y, 600 - i) for i, (x, y) in enumerate(zip(names, names[1:]))]
        self.dns.says(NAME, lambda q: q.reply([*links, dns.a(names[-1], "192.0.2.1", 900)]))
        self.assert_answer(self.ask(NAME), [("192.0.2.1", 591)])

    def test_a_chain_without_an_end_is_no_answer(self):
        loop = [dns.cname(NAME, "b.example"), dns.cname("b.example", NAME)]
        self.dns.says(NAME, lambda q: q.reply(loop))
        self.assert_answer(self.ask(NAME), [], notices.GARBLED)

    def test_letters_may_have_any_case(self):
        mixed = "LoGiN.ExAmPlE.cOm"
        self.dns.says(
            NAME,
            lambda q: q.reply(
                [dns.cname(mixed, "EDGE.example.net"), dns.a("edge.EXAMPLE.net", "192.0.2.1")],
                name=mixed,
            ),
        )
        self.assert_answer(self.ask(NAME), [("192.0.2.1", 60)])

    def test_a_name_with_aaaa_only_is_empty_of_a(self):
        self.dns.says(NAME, lambda q: q.addresses(["2001:db8::1"]))
        self.assert_answer(self.ask(NAME), [], notices.EMPTY)
        self.assert_answer(self.ask(NAME, notices.AAAA), [("2001:db8::1", 60)])

    def test_each_failure_is_told(self):
        self.dns.says("servfail.example", lambda q: q.reply(code=dns.SERVFAIL))
        self.dns.says("refused.example", lambda q: q.reply(code=dns.REFUSED))
        self.assert_answer(self.ask("nobody.example"), [], notices.NXDOMAIN)
        self.assert_answer(self.ask("servfail.example"), [], notices.SERVFAIL)
        # before 1.20 c-ares does not tell one from the other
        self.assertIn(self.ask("refused.example").error, (notices.REFUSED, notices.SERVFAIL))

    def test_silence_and_garbage_are_told_within_ten_seconds(self):
        """And hold up nobody else meanwhile."""
        self.dns.says("silent.example", lambda q: None)
        self.dns.says("garbage.example", lambda q: b"\xff" * 40)
        self.dns.says("forged.example", lambda q: q.addresses(["192.0.2.66"])[2:])
        self.dns.says(
            "other-question.example", lambda q: q.reply([dns.a(NAME, "192.0.2.66")], name=NAME)
        )
        self.dns.says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        bad = ("silent.example", "garbage.example", "forged.example", "other-question.example")
        began = time.monotonic()
        for serial, name in enumerate(bad, 1):
            self.channel.ask(name, serial)
        self.channel.ask(NAME, 9)
        self.assertEqual(self.channel.answer().serial, 9)
        self.assertLess(time.monotonic() - began, 2 * hosts.PATIENCE)
        found = self.channel.answers(len(bad))
        self.assertLess(time.monotonic() - began, PATIENCE_SECONDS + 2 * hosts.PATIENCE)
        self.assertEqual({a.error for a in found.values()}, {notices.TIMEOUT})

    def test_a_sound_header_with_an_unsound_record_is_garbled(self):
        self.dns.says(NAME, lambda q: q.reply([dns.record(NAME, dns.A, 60, b"abc")]))
        self.assert_answer(self.ask(NAME), [], notices.GARBLED)

    def test_an_answer_that_is_cut_is_asked_for_over_tcp(self):
        """With three hundred addresses."""
        many = [str(ipaddress.ip_address("10.1.0.0") + i) for i in range(300)]
        self.dns.says(
            NAME, lambda q: q.addresses(many) if q.over_tcp else q.reply(truncated=True)
        )
        self.assert_answer(self.ask(NAME), [(x, 60) for x in many])
        self.assertEqual([q.over_tcp for q in self.dns.asked(NAME)], [False, True])

    def test_no_more_addresses_are_told_than_the_daemon_wants(self):
        many = [f"10.1.0.{i}" for i in range(50)]
        self.dns.says(NAME, lambda q: q.addresses(many))
        self.channel.send(notices.encode(notices.LIMITS, port=20))
        self.channel.state()
        self.assertEqual(len(self.ask(NAME).items), 20)

    def test_a_ttl_is_none_or_thirty_years(self):
        ttls = {"zero.example": 0, "most.example": 2**31 - 1, "beyond.example": 2**31}
        for name, ttl in ttls.items():
            self.dns.says(name, lambda q, ttl=ttl: q.addresses(["192.0.2.1"], ttl))
        self.assert_answer(self.ask("zero.example"), [("192.0.2.1", 0)])
        self.assert_answer(self.ask("most.example"), [("192.0.2.1", 2**31 - 1)])
        self.assert_answer(self.ask("beyond.example"), [("192.0.2.1", 0)])

    def test_a_service_has_targets(self):
        service = "_ldap._tcp.dc._msdcs.corp.example"
        records = [
            dns.srv(service, "DC1.corp.example", 389, 600),
            dns.srv(service, "dc2.corp.example", 3268, 300),
            dns.srv(service, "dc_3.corp.example", 389, 300),
            dns.srv(service, "not a host.example", 389),
        ]
        self.dns.says(service, lambda q: q.reply(records))
        answer = self.ask(service, notices.SRV, notices.SERVICE)
        targets = [
            ("dc1.corp.example", 389, 600),
            ("dc2.corp.example", 3268, 300),
            ("dc_3.corp.example", 389, 300),
        ]
        self.assert_answer(answer, targets)

    def test_each_question_is_asked_anew(self):
        """A server that gives another address each time, and a TTL of an hour."""
        last = iter(range(1, 200))
        self.dns.says(NAME, lambda q: q.addresses([f"192.0.2.{next(last)}"], ttl=3600))
        found = [self.ask(NAME).items for _ in range(50)]
        self.assertEqual(found, [[(f"192.0.2.{i}", 3600)] for i in range(1, 51)])

    def test_three_thousand_questions_at_once_are_all_answered(self):
        names = [f"n{i}.example" for i in range(1500)]
        for i, name in enumerate(names):
            address = str(ipaddress.ip_address("10.0.0.0") + i)
            self.dns.says(name, lambda q, address=address: q.addresses([address, "2001:db8::1"]))
        for i, name in enumerate(names):
            self.channel.ask(name, i, (notices.A, notices.AAAA))
        found = self.channel.answers(2 * len(names))
        for i in range(len(names)):
            address = str(ipaddress.ip_address("10.0.0.0") + i)
            self.assertEqual(found[i, notices.A].items, [(address, 60)])

    def test_an_urgent_question_does_not_wait_in_line(self):
        for i in range(300):
            self.dns.says(f"s{i}.example", lambda q: None)
            self.channel.ask(f"s{i}.example", 1000 + i)
        self.dns.says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        began = time.monotonic()
        self.channel.ask(NAME, 1, urgent=True)
        self.assertEqual(self.channel.answer().serial, 1)
        self.assertLess(time.monotonic() - began, 1 * hosts.PATIENCE)
        found = self.channel.answers(300)  # none is left without an answer
        self.assertEqual({a.error for a in found.values()}, {notices.TIMEOUT})
        self.assertLess(time.monotonic() - began, PATIENCE_SECONDS + 5 * hosts.PATIENCE)


class Resolvers(ReaderCase):
    def test_no_search_domain_is_appended(self):
        server = self.server()
        self.resolve(SERVER, more="search corp.example\noptions ndots:5\n")
        channel = self.connected()
        for name in ("dc1", NAME):
            channel.ask(name, 1)
            channel.answer()
        self.assertEqual({q.name for q in server.asked()}, {"dc1", NAME})

    def test_the_next_server_is_asked_when_one_is_down(self):
        self.resolve(SERVER, OTHER)
        self.server(OTHER).says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        channel = self.connected()
        self.assertEqual(self.first_state["resolvers"], [SERVER, OTHER])
        channel.ask(NAME, 1)
        self.assert_answer(channel.answer(), [("192.0.2.1", 60)])

    def test_a_stub_of_systemd_is_asked(self):
        self.resolve(RESOLVER)
        self.server(RESOLVER).says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        channel = self.connected()
        self.assertEqual(self.first_state["resolvers"], [RESOLVER])
        channel.ask(NAME, 1)
        self.assert_answer(channel.answer(), [("192.0.2.1", 60)])

    def assert_moves(self, channel, change, address):
        change()
        self.assertEqual(channel.state()["resolvers"], [address])

    def test_another_resolv_conf_is_taken_up(self):
        """By whatever way it comes: moved into its place, written in place, by another link."""
        channel = self.connected()
        (self.etc / "b.conf").write_text(f"nameserver {RESOLVER}\n")
        (self.etc / "link").symlink_to("b.conf")
        conf = self.etc / "resolv.conf"
        self.assert_moves(channel, lambda: self.resolve(OTHER), OTHER)
        self.assert_moves(channel, lambda: conf.write_text(f"nameserver {SERVER}\n"), SERVER)
        self.assert_moves(channel, lambda: (self.etc / "link").rename(conf), RESOLVER)
        linked = self.etc / "b.conf"
        self.assert_moves(channel, lambda: linked.write_text(f"nameserver {OTHER}\n"), OTHER)
        self.server(OTHER).says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        channel.ask(NAME, 1)
        self.assert_answer(channel.answer(), [("192.0.2.1", 60)])

    def test_what_a_silent_server_was_asked_the_new_one_is_asked(self):
        self.server().says(NAME, lambda q: None)
        self.server(OTHER).says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        channel = self.connected()
        began = time.monotonic()
        channel.ask(NAME, 1)
        self.resolve(OTHER)
        self.assert_answer(channel.answer(), [("192.0.2.1", 60)])
        self.assertLess(time.monotonic() - began, 2 * hosts.PATIENCE)

    def through(self, program, arguments, config):
        """A real resolver at SERVER that forwards to our server."""
        path = shutil.which(program, path="/usr/sbin:/usr/bin")
        if not path:
            self.skipTest(f"{program} is not installed")
        file = self.lab.directory / f"{program}.conf"
        file.write_text(config)
        self.lab.started(hosts.Process(self.us, [path, *arguments, file]))
        channel = self.connected()
        # it takes a moment to listen
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while True:
            channel.ask("up.example", 1)
            if not channel.answer().error:
                return channel
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def assert_follows_through(self, program, arguments, config):
        server = self.server(OTHER)
        many = [str(ipaddress.ip_address("10.1.0.0") + i) for i in range(300)]
        end = dns.a("e.example", "192.0.2.1", 60)
        server.says("up.example", lambda q: q.addresses(["192.0.2.9"]))
        server.says(NAME, lambda q: q.reply([dns.cname(NAME, "e.example", 30), end]))
        server.says("e.example", lambda q: q.reply([end]))
        server.says(
            "many.example", lambda q: q.addresses(many) if q.over_tcp else q.reply(truncated=True)
        )
        channel = self.through(program, arguments, config)
        for serial, name in enumerate((NAME, "many.example", "nobody.example"), 2):
            channel.ask(name, serial)
        found = channel.answers(3)
        self.assertEqual([a for a, _ in found[2, notices.A].items], ["192.0.2.1"])
        self.assertLessEqual(found[2, notices.A].items[0][1], 30)
        self.assertEqual(sorted(a for a, _ in found[3, notices.A].items), sorted(many))
        self.assertEqual(found[4, notices.A].error, notices.NXDOMAIN)

    def test_through_unbound(self):
        config = f"""
server:
    interface: {SERVER}
    do-daemonize: no
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    do-not-query-localhost: no
    module-config: "iterator"
    edns-buffer-size: 1232
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: {OTHER}
"""
        self.assert_follows_through("unbound", ["-d", "-c"], config)

    def test_through_dnsmasq(self):
        config = f"""
no-daemon
no-resolv
no-hosts
user=root
pid-file=
listen-address={SERVER}
bind-interfaces
server={OTHER}
"""
        self.assert_follows_through("dnsmasq", ["-C"], config)


class HostsFile(ReaderCase):
    def setUp(self):
        super().setUp()
        self.etc_file("hosts", f"127.0.0.1 localhost\n192.0.2.1 {NAME} b.example\n")
        self.channel = self.connected()

    def assert_told(self, name, *addresses):
        answer = self.channel.answer()
        self.assertEqual((answer.name, answer.source), (name, notices.HOSTS))
        self.assert_answer(answer, [(a, 0) for a in addresses])

    def follow(self, name, *addresses):
        self.channel.follow(name)
        self.assert_told(name, *addresses)

    def test_what_it_says_of_a_name_is_told_at_once(self):
        self.follow("c.example")  # nothing
        self.follow(NAME, "192.0.2.1")

    def test_a_change_is_told_of_the_names_that_it_changes(self):
        self.follow(NAME, "192.0.2.1")
        self.follow("b.example", "192.0.2.1")
        self.etc_file("hosts", f"192.0.2.1 {NAME}\n2001:db8::1 Login.Example.COM\n192.0.2.1 b.example")
        self.assert_told(NAME, "192.0.2.1", "2001:db8::1")
        (self.etc / "hosts").write_text("192.0.2.1 b.example\n")  # in its place
        self.assert_told(NAME)
        (self.etc / "hosts").unlink()
        self.assert_told("b.example")
        self.etc_file("hosts", "192.0.2.3 b.example\n")
        self.assert_told("b.example", "192.0.2.3")

    def test_what_is_forgotten_is_told_no_longer(self):
        self.follow(NAME, "192.0.2.1")
        self.follow("b.example", "192.0.2.1")
        self.channel.send(notices.encode(notices.FORGET, name="b.example"))
        self.etc_file("hosts", f"192.0.2.9 {NAME} b.example\n")
        self.assert_told(NAME, "192.0.2.9")

    def test_a_file_that_is_written_in_pieces_is_read_when_it_is_whole(self):
        self.follow(NAME, "192.0.2.1")
        with open(self.etc / "hosts", "w", encoding="ascii") as file:
            for _ in range(5):
                file.write("# not yet\n")
                file.flush()
                time.sleep(0.1)
            file.write(f"192.0.2.2 {NAME}\n")
        self.assert_told(NAME, "192.0.2.2")

    def test_a_hundred_thousand_lines_are_read(self):
        lines = "".join(f"0.0.0.0 advertisement-{i}.example\n" for i in range(100000))
        self.follow(NAME, "192.0.2.1")
        self.etc_file("hosts", lines + f"192.0.2.2 {NAME}\n")
        self.assert_told(NAME, "192.0.2.2")


GROUP = 77
LOGGED = f"log group {GROUP} snaplen 15360 queue-threshold 1"
WATCH = f"""
table inet watch {{
	chain out {{
		type filter hook output priority 0
		meta l4proto {{ tcp, udp }} th dport 53 {LOGGED}
	}}
	chain in {{
		type filter hook input priority 0
		meta l4proto {{ tcp, udp }} th sport 53 {LOGGED}
	}}
}}
"""


class Observing(ReaderCase):
    """An application asks, and the reader is given copies of that, as rolewalld gives them."""

    def setUp(self):
        super().setUp()
        self.dns = self.server()
        self.channel = self.connected()
        self.log = self.open_log()
        self.us.nft(WATCH)
        self.channel.give_log(self.log.fileno())

    def open_log(self):
        """A socket that is bound to the group, and gets each packet at once."""
        with self.us.inside():
            s = self.enterContext(
                socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, hosts.NETLINK_NETFILTER)
            )
        command = struct.pack("=HHB3x", 5, 1, 1)  # bind
        mode = struct.pack("=HH", 10, 2) + struct.pack("!IBB", 15360, 2, 0) + bytes(2)
        threshold = struct.pack("=HH", 8, 5) + struct.pack("!I", 1)
        for attributes in (command, mode + threshold):
            body = struct.pack("=BB", 0, 0) + struct.pack("!H", GROUP) + attributes
            s.send(struct.pack("=IHHII", 16 + len(body), 4 << 8 | 1, 5, 1, 0) + body)
            error = -struct.unpack_from("=i", s.recv(4096), 16)[0]
            if error == errno.EINVAL:
                self.skipTest("this kernel has no nfnetlink_log")
            self.assertEqual(error, 0, os.strerror(error))
        s.setblocking(False)
        return s

    def application(self, name, kind=dns.A, over_tcp=False):
        """Asks as any program does, and has its answer."""
        with self.us.inside():
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM)
        with s:
            s.settimeout(hosts.WAIT_SECONDS)
            s.connect((SERVER, dns.PORT))
            question = struct.pack("!HHHHHH", os.getpid() & 0xFFFF, 0x0100, 1, 0, 0, 0)
            question += dns.encode_name(name) + struct.pack("!HH", kind, 1)
            s.send(struct.pack("!H", len(question)) + question if over_tcp else question)
            self.assertTrue(s.recv(65536))

    def follow(self, name, kind=notices.HOST):
        self.channel.follow(name, kind)
        if kind == notices.HOST:
            self.assertEqual(self.channel.answer().source, notices.HOSTS)

    def assert_observed(self, answer, name, *items):
        self.assertEqual((answer.name, answer.source, answer.serial), (name, notices.OBSERVING, 0))
        self.assertEqual(answer.items, list(items))

    def test_what_an_application_is_told_is_told_to_the_daemon(self):
        self.dns.says(NAME, lambda q: q.addresses(["192.0.2.1", "2001:db8::1"], 300))
        self.follow(NAME)
        self.application(NAME)
        self.assert_observed(self.channel.answer(), NAME, ("192.0.2.1", 300))
        self.application(NAME, dns.AAAA)
        self.assert_observed(self.channel.answer(), NAME, ("2001:db8::1", 300))
        self.application(NAME, over_tcp=True)
        self.assert_observed(self.channel.answer(), NAME, ("192.0.2.1", 300))

    def test_of_other_names_nothing_is_told(self):
        self.dns.says("b.example", lambda q: q.addresses(["192.0.2.2"]))
        self.follow(NAME)
        self.application("b.example")
        self.assertEqual(self.channel.drain(5), [])

    def test_all_that_was_said_until_now_is_told_before_it_is_drained(self):
        last = iter(range(1, 200))
        self.dns.says(NAME, lambda q: q.addresses([f"192.0.2.{next(last)}"]))
        self.follow(NAME)
        for _ in range(50):
            self.application(NAME)
        found = [a.items[0][0] for a in self.channel.drain(9)]
        self.assertEqual(found, [f"192.0.2.{i}" for i in range(1, 51)])

    def test_an_answer_that_was_cut_is_asked_for(self):
        self.dns.says(
            NAME, lambda q: q.addresses(["192.0.2.1"]) if q.over_tcp else q.reply(truncated=True)
        )
        self.follow(NAME)
        self.application(NAME)
        found = self.channel.answer()
        while found.source != notices.ASKING:  # its own question is observed as well
            found = self.channel.answer()
        self.assert_answer(found, [("192.0.2.1", 60)])
        # the answers to its own questions are cut as well, and that is no reason to go on asking
        time.sleep(1)
        self.assertLessEqual(len(self.dns.asked(NAME)), 3)

    def test_copies_that_are_lost_are_counted_and_asked_for(self):
        self.dns.says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        self.follow(NAME)
        self.reader.signal(signal.SIGSTOP)
        self.log.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        for _ in range(200):
            self.application(NAME)
        self.reader.signal(signal.SIGCONT)
        found = self.channel.answer()
        while found.source != notices.ASKING:
            found = self.channel.answer()
        self.assert_answer(found, [("192.0.2.1", 60)])
        self.channel.send(notices.encode(notices.LIMITS, port=1000))
        state = self.channel.state()
        while not state["overruns"]:
            state = self.channel.state()
        self.assertGreater(state["observed"], 0)

    def test_without_the_daemon_nothing_is_read(self):
        self.dns.says(NAME, lambda q: q.addresses(["192.0.2.1"]))
        self.follow(NAME)
        self.channel.close()
        self.listener.close()
        channel = self.listen().accept()
        channel.state()
        channel.follow(NAME)
        self.assertEqual(channel.answer().source, notices.HOSTS)
        self.application(NAME)
        self.assertEqual(channel.drain(3), [])
        channel.give_log(self.log.fileno())
        self.application(NAME)
        # what waited in the log belongs to a name that is followed again
        self.assertEqual({a.items[0][0] for a in channel.drain(4)}, {"192.0.2.1"})


if __name__ == "__main__":
    hosts.main()
