#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rolewalld with rolewall-reader, and with one that lies, hangs or never stops talking.

The reader reads what anybody sends, so an attacker may take it over.  Whatever it says and however it says it:
the daemon stays up, its rules stay as they are, and the next reader is served.
"""

import contextlib
import pathlib
import re
import signal
import socket
import stat
import subprocess
import sys
import time

import hosts
import notices
from test_reader import NOBODY, Reader
from test_reload import DaemonCase

NAME = "login.example.com"
GROWTH_KIB = 8 * 1024


def changed(message, at, value):
    return message[:at] + bytes([value]) + message[at + 1 :]


def lies():
    """(what, messages): each of which ends the connection."""
    answer = notices.encode_answer(NAME, [("192.0.2.1", 60), ("192.0.2.2", 60)], serial=7)
    head, items = answer
    failure = notices.encode(notices.ANSWER, name=NAME, source=notices.ASKING, error=2, serial=7)
    hosts_answer = notices.encode(notices.ANSWER, name=NAME, source=notices.HOSTS)
    service = notices.encode(
        notices.ANSWER, name="_x._tcp.example.com", name_kind=1, question=2, source=1, count=1
    )
    target = notices.encode(notices.TARGET, name="dc1.example.com", port=389, ttl=60)
    state = notices.encode(notices.STATE, count=1, body=bytes(32) + items[32:56])
    yield "nothing of a notice", [b"x"]
    yield "half a notice", [head[:100]]
    yield "more than a notice", [head + b"\0"]
    yield "a megabyte", [b"\1" * 150000]
    yield "another version", [changed(head, 0, 2)]
    for kind in (0, 7, 63, 69, 255):
        yield f"kind {kind}", [changed(head, 1, kind)]
    for kind in (notices.LIMITS, notices.FOLLOW, notices.FORGET, notices.ASK, notices.LOG):
        yield f"what the daemon says ({kind})", [notices.encode(kind, name=NAME, port=1, question=1)]
    yield "a kind of names that is none", [changed(head, 2, 2)]
    yield "a service that is asked for A", [changed(head, 2, 1)]
    yield "a host that is asked for SRV", [changed(head, 3, 2)]
    yield "a question that is none", [changed(head, 3, 200)]
    for source in (0, 3, 8, 255):
        yield f"source {source}", [changed(head, 4, source)]
    for error in (7, 8, 255):
        yield f"error {error}", [changed(failure, 5, error)]
    yield "an error with items", [changed(failure, 6, 1)]
    yield "no error and no items", [changed(failure, 5, 0)]
    yield "too many items", [changed(head, 7, 255)]
    yield "a serial of what was observed", [changed(head, 4, notices.OBSERVING)]
    yield "an error of the hosts file", [changed(hosts_answer, 5, 1)]
    for at in (*range(12, 32), 32 + len(NAME) + 1, 287):
        yield f"byte {at} is used", [changed(head, at, 1)]
    for name in ("", "Login.example.com", "a..example", "-a.example", "a!b.example", "10.0.0.1",
                 "a.example.", "*.example", "a b", "ä.example", "a" * 64 + ".example", "a" * 256):
        body = name.encode()[:256]
        yield f"the name {name!r}", [head[:32] + body.ljust(256, b"\0")]
    yield "items first", [items]
    yield "a target first", [target]
    yield "an answer in an answer", [head, head]
    yield "a state in an answer", [head, state]
    yield "a target of a host", [head, changed(target, 8, 7)]
    yield "addresses of a service", [service, changed(items, 8, 0)]
    yield "items of another serial", [head, changed(items, 8, 8)]
    yield "more items than were counted", [changed(head, 6, 1), items]
    for count in (0, 1, 3, 11, 255):
        yield f"{count} addresses of two", [head, changed(items, 6, count)]
    for family in (0, 1, 2, 5, 10, 255):
        yield f"family {family}", [head, changed(items, 32, family)]
    yield "an address of the other family", [head, changed(items, 32, 6)]
    yield "a TTL of 32 bits", [head, changed(items, 39, 0x80)]
    yield "bytes behind an address", [head, changed(items, 44, 1)]
    yield "bytes behind all addresses", [head, changed(items, 287, 1)]
    yield "a target without a port", [service, changed(changed(target, 16, 0), 17, 0)]
    yield "a target with a TTL of 32 bits", [service, changed(target, 15, 0x80)]
    yield "a target that is no host", [service, changed(target, 32, ord("!"))]
    yield "nine resolvers", [changed(state, 6, 9)]
    yield "a resolver of no family", [changed(state, 64, 5)]
    yield "a resolver with a TTL", [changed(state, 68, 5)]


class ChannelCase(DaemonCase):
    def setUp(self):
        super().setUp()
        self.daemon = self.us.daemon(self.config)
        self.daemon.listen_no_more()
        self.before = self.ruleset()

    def connect(self):
        channel = notices.connect(self.daemon.runtime, hosts.WAIT_SECONDS)
        self.addCleanup(channel.close)
        return channel

    def served(self):
        """A channel that the daemon has accepted: it speaks first."""
        channel = self.connect()
        limits = channel.receive()
        self.assertEqual((limits.kind, limits.version), (notices.LIMITS, notices.VERSION))
        return channel

    def assert_hung_up(self, channel):
        with contextlib.suppress(ConnectionResetError):
            while channel.receive():
                pass

    def assert_unchanged(self):
        self.assertFalse(self.daemon.ended())
        self.assertEqual(self.ruleset(), self.before)
        done = self.daemon.ask("status")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def proc(self):
        return pathlib.Path("/proc", str(self.daemon.pid()))

    def descriptors(self):
        return len(list((self.proc() / "fd").iterdir()))

    def assert_descriptors(self, most):
        """As soon as those are closed that others have hung up on."""
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while self.descriptors() > most:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def memory(self):
        return int(re.search(r"VmRSS:\s+(\d+)", (self.proc() / "status").read_text())[1])


class Lies(ChannelCase):
    def test_each_lie_ends_the_connection_and_nothing_else(self):
        descriptors = self.descriptors()
        for what, messages in lies():
            with self.subTest(what):
                channel = self.served()
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    channel.send(*messages)
                self.assert_hung_up(channel)
                channel.close()
        self.assert_unchanged()
        self.assert_descriptors(descriptors)
        # and is said, but not each time
        said = self.daemon.stderr().count("what is known of names stays in force")
        self.assertIn(said, (1, 2))

    def test_what_a_reader_may_say_opens_nothing_where_no_name_is_followed(self):
        channel = self.served()
        for name in (NAME, "localhost", "a.example"):
            for question, addresses in enumerate((["192.0.2.1", "127.0.0.1"], ["2001:db8::1"])):
                items = [(a, 60) for a in addresses]
                for source in (notices.ASKING, notices.OBSERVING):
                    channel.send(*notices.encode_answer(name, items, question, source))
            channel.send(*notices.encode_answer(name, [("10.0.0.1", 0)], source=notices.HOSTS))
        channel.send(notices.encode(notices.STATE), notices.encode(notices.DRAINED, serial=1))
        self.assert_unchanged()
        self.assert_still_served(channel)

    def assert_still_served(self, channel):
        """It is not hung up on, and nobody else is accepted meanwhile."""
        other = self.connect()
        other._socket.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            other.receive()
        channel.close()
        other._socket.settimeout(hosts.WAIT_SECONDS)
        self.assertEqual(other.receive().kind, notices.LIMITS)

    def test_descriptors_that_are_sent_are_not_kept(self):
        channel = self.served()
        before = self.descriptors()
        message = notices.encode(notices.STATE)
        with open("/dev/null", "rb") as null:
            for _ in range(50):
                socket.send_fds(channel._socket, [message], [null.fileno()] * 10)
        self.assert_unchanged()
        self.assert_descriptors(before)

    def test_one_that_never_stops_talking_keeps_nobody_waiting(self):
        channel = self.served()
        memory = self.memory()
        messages = notices.encode_answer(NAME, [(f"192.0.2.{i}", 60) for i in range(100)])
        flood = subprocess.Popen(
            [sys.executable, "-c", FLOOD, str(channel.fileno()), *(m.hex() for m in messages)],
            pass_fds=[channel.fileno()],
        )
        try:
            for _ in range(5):
                began = time.monotonic()
                self.assert_unchanged()
                self.assertLess(time.monotonic() - began, 5 * hosts.PATIENCE)
            self.assertEqual(self.daemon.ask("reload").returncode, 0)
            self.assertIsNone(flood.poll())
        finally:
            flood.kill()
            flood.wait()
        self.assertLess(self.memory() - memory, GROWTH_KIB)

    def test_one_that_comes_and_goes_leaves_nothing_behind(self):
        first = self.served()
        descriptors, memory = self.descriptors(), self.memory()  # with one of them
        first.close()
        half = notices.encode_answer(NAME, [(f"192.0.2.{i}", 60) for i in range(100)])[:-1]
        for _ in range(200):
            channel = self.served()
            channel.send(*half)
            channel.close()
        self.served()
        self.assert_descriptors(descriptors)
        self.assertLess(self.memory() - memory, GROWTH_KIB)


class Flapping(ChannelCase):
    CONFIG = f"""[host]
[management]
from = 10.9.0.2
[peer service]
name = {NAME}
[flow out]
port = 443
protocol = tcp
source = this-host
target = service
"""

    def test_a_name_that_fails_and_works_all_the_time_does_not_fill_the_journal(self):
        self.config.file("rolewall.conf", self.CONFIG)
        self.assertEqual(self.daemon.ask("reload").returncode, 0)
        channel = self.served()
        began = len(self.daemon.stderr())
        good = notices.encode_answer(NAME, [("192.0.2.1", 60)])
        bad = notices.encode(notices.ANSWER, name=NAME, source=notices.ASKING,
                             error=notices.SERVFAIL)
        for _ in range(1000):
            channel.send(bad, *good)
        channel.send(*notices.encode_answer(NAME, [("192.0.2.99", 60)]))
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while "192.0.2.99" not in self.daemon.ask("names").stdout:
            self.assertLess(time.monotonic(), deadline)
        said = self.daemon.stderr()[began:]
        self.assertIn(f"cannot resolve {NAME}", said)
        self.assertEqual(said.count(NAME), 100)
        self.assertEqual(said.count("more names fail or are resolved again"), 1)


FLOOD = """
import socket, sys
s = socket.socket(fileno=int(sys.argv[1]))
s.setblocking(True)
messages = [bytes.fromhex(m) for m in sys.argv[2:]]
while True:
    for m in messages:
        s.send(m)
"""


class Place(ChannelCase):
    def test_only_root_and_the_daemons_own_user_may_connect_where_there_is_no_other(self):
        path = self.daemon.runtime / "reader"
        mode = path.stat()
        self.assertTrue(stat.S_ISSOCK(mode.st_mode))
        # with an access list for a user the group's bits are its mask
        self.assertEqual(mode.st_mode & 0o707, 0o600)
        connect = f"import socket; socket.socket(1, 5).connect({str(path)!r})"
        done = self.us.run(*NOBODY, sys.executable, "-c", connect, check=False)
        self.assertIn("PermissionError", done.stderr)

    def test_who_comes_around_the_mode_is_hung_up_on(self):
        (self.daemon.runtime / "reader").chmod(0o666)
        ask = "import socket, sys; s = socket.socket(1, 5); s.connect(sys.argv[1]); print(s.recv(9))"
        path = str(self.daemon.runtime / "reader")
        done = self.us.run(*NOBODY, sys.executable, "-c", ask, path, check=False)
        self.assertEqual(done.stdout, "b''\n", done.stderr)
        self.served()

    def test_the_socket_goes_with_the_daemon(self):
        self.daemon.stop()
        self.assertFalse((self.daemon.runtime / "reader").exists())

    def test_one_that_was_left_behind_is_replaced(self):
        self.daemon.signal(signal.SIGKILL)
        self.daemon.wait()
        self.assertTrue((self.daemon.runtime / "reader").exists())
        runtime, state = self.daemon.runtime, self.daemon.state
        second = self.us.daemon(self.config, state=state, arguments=("--runtime-dir", runtime))
        notices.connect(runtime, hosts.WAIT_SECONDS).receive()
        self.assertNotIn("the socket for rolewall-reader", second.stderr())


class Together(ChannelCase):
    """The programs themselves, started by hand."""

    def start_reader(self):
        return self.lab.started(Reader(self.us, self.daemon.runtime, wrap=()))

    def test_each_finds_the_other_again(self):
        reader = self.start_reader()
        reader.said("connected to rolewalld")
        reader.signal(signal.SIGKILL)
        reader.wait()
        reader = self.start_reader()
        reader.said("connected to rolewalld")
        self.daemon.signal(signal.SIGKILL)
        self.daemon.wait()
        reader.said("rolewalld has closed the connection")
        reader.said("waiting for rolewalld")
        runtime, state = self.daemon.runtime, self.daemon.state
        self.us.daemon(self.config, state=state, arguments=("--runtime-dir", runtime))
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while reader.stderr().count("connected to rolewalld") < 2:
            self.assertLess(time.monotonic(), deadline, reader.stderr())
            time.sleep(0.01)

    def test_a_second_reader_waits_until_the_first_one_ends(self):
        first, second = self.start_reader(), None
        first.said("connected to rolewalld")
        second = self.start_reader()
        time.sleep(0.3)
        self.assertNotIn("connected to", second.stderr())
        first.end()
        second.said("connected to rolewalld")

    def test_nothing_wakes_the_two_while_no_name_is_followed(self):
        reader = self.start_reader()
        reader.said("connected to rolewalld")
        time.sleep(1)
        wakes = re.compile(r"\nvoluntary_ctxt_switches:\s+(\d+)")

        def count(pid):
            return int(wakes.search(pathlib.Path(f"/proc/{pid}/status").read_text())[1])

        before = count(reader.pid())
        time.sleep(3)
        self.assertLessEqual(count(reader.pid()) - before, 1)


if __name__ == "__main__":
    hosts.main()
