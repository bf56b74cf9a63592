#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The control socket: what rolewallctl asks and is told, and what abuse of it can do.

Only root reaches the socket, so abuse means a program of root's that hangs or talks rubbish.  It may
neither stop nor slow the daemon, nor make it grow, nor keep others from asking for longer than it
may be silent.
"""

import contextlib
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import threading
import time
import unittest

import dbus
import hosts
from test_reload import NONSENSE, STAYS, DaemonCase

MANY = 1000
SILENCE_SECONDS = 15
CLIENTS_MOST, DESCRIPTORS_EACH = 32, 1
GROWTH_KIB = 8 * 1024
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
SESSION = "10.0.9.7 50022 10.20.0.10 22"
NOT_RUNNING, NO_WORD = 4, 2


class ControlCase(DaemonCase):
    def setUp(self):
        super().setUp()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
        self.daemon = self.us.daemon(self.config)
        self.daemon.listen_no_more()

    def connect(self, data=b""):
        """A connection; it may be closed at any moment."""
        client = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        client.connect(str(self.daemon.runtime / "control"))
        client.settimeout(hosts.WAIT_SECONDS)
        self.send(client, data)
        return client

    def send(self, client, data):
        """As much of it as the daemon takes."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            client.sendall(data)

    def assert_hung_up(self, client, seconds=hosts.WAIT_SECONDS):
        """Everything that was said until then."""
        client.settimeout(seconds)
        heard = b""
        with contextlib.suppress(ConnectionResetError):
            while data := client.recv(65536):
                heard += data
        return heard

    def answers(self, client, count=1):
        """Reads that many answers of at most some hundred bytes."""
        heard = b""
        while heard.count(b"l\x02\x01\x01") + heard.count(b"l\x03\x01\x01") < count:
            data = client.recv(65536)
            self.assertTrue(data, heard)
            heard += data
        return heard

    def memory(self):
        status = (self.proc() / "status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def proc(self):
        return hosts.pathlib.Path("/proc", str(self.daemon.pid()))

    def descriptors(self):
        return len(list((self.proc() / "fd").iterdir()))

    def cpu_seconds(self):
        fields = (self.proc() / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def assert_answers(self):
        """The daemon does, and a reload goes well."""
        done = self.daemon.ask("reload")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def assert_packets_pass(self):
        self.assertEqual(self.reach(STAYS), ["open", "open"])

    def assert_bounded(self, memory):
        self.assertLess(self.memory() - memory, GROWTH_KIB)


class Asking(ControlCase):
    def test_good_reload_takes_effect_before_it_returns(self):
        self.configure(STAYS)
        done = self.daemon.ask("reload")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, "^reload: .*peer ssh-client: 2 addresses removed.*, no live session cut")
        self.assertEqual(self.reach(("10.2.0.23", "2001:db8:2::23")), ["silent", "silent"])
        self.assert_packets_pass()

    def test_bad_reload_prints_every_fault_and_keeps_the_ruleset(self):
        before = self.ruleset()
        faults = "[peer time-server]\naddress = 10.0.0.300\n[pear x]\n"
        path, line = self.configure(STAYS, append=faults)
        done = self.daemon.ask("reload")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assert_fault_named(done.stderr, path, line + 1)
        self.assert_fault_named(done.stderr, path, line + 2)
        self.assertEqual(self.ruleset(), before)
        self.configure(STAYS)
        self.assert_answers()

    def test_a_fault_that_quotes_what_d_bus_refuses_is_told(self):
        path, line = self.configure(STAYS, append="[peer \ufffe]\naddress = 10.0.0.1\n")
        done = self.daemon.ask("reload")
        self.assertEqual(done.returncode, 1)
        self.assert_fault_named(done.stderr, path, line)

    def test_a_thousand_lines_of_faults_are_told_and_a_million_bytes_are_enough(self):
        path, line = self.configure(STAYS, append="nonsense that is none\n" * 1000)
        done = self.daemon.ask("reload")
        self.assertEqual(done.returncode, 1)
        self.assert_fault_named(done.stderr, path, line + 999)
        path, line = self.configure(STAYS, append="nonsense that is none\n" * 30000)
        done = self.daemon.ask("reload")
        self.assertEqual(done.returncode, 1)
        self.assertLess(len(done.stderr), 1 << 20)
        self.assertTrue(done.stderr.endswith("\n... and more\n"), done.stderr[-200:])

    def test_status_is_text_or_json(self):
        done = self.daemon.ask("status")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"(?m)^state: +healthy$")
        lines = done.stdout.splitlines()
        columns = {re.match(r"([\w-]+:)? +", line).end() for line in lines}
        self.assertEqual(len(columns), 1, done.stdout)
        state = json.loads(self.daemon.ask("status", "--json").stdout)
        self.assertEqual(state["state"], "healthy")
        self.assertEqual(state["problems"], [])
        self.assertIsInstance(state["generation"], int)
        self.assertRegex(state["version"], r"^\d+\.\d+")
        where = f"{self.config.directory}/rolewall.conf"
        self.assertRegex(state["management"], rf"^tcp 22 from \S+, \S+ \({where}:\d+\)$")

    def test_status_tells_what_is_degraded_by_its_exit_status(self):
        self.configure(STAYS, append=NONSENSE)
        self.assertEqual(self.daemon.ask("reload").returncode, 1)
        done = self.daemon.ask("status", "--json")
        self.assertEqual(done.returncode, 3, done.stdout)
        state = json.loads(done.stdout)
        self.assertEqual(len(state["problems"]), 1)
        self.assertIn("is refused", state["problems"][0])
        self.assertIn("rolewall.conf", state["refused"][0])
        self.assertIn("refused-at", state)
        self.assertNotIn("rolewallctl status", done.stdout)
        # of a refusal that is mended nothing is left
        self.configure(STAYS)
        self.assertEqual(self.daemon.ask("reload").returncode, 0)
        done = self.daemon.ask("status", "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual([k for k in json.loads(done.stdout) if k.startswith("refused")], [])

    def test_check_and_status_compare_the_disk_with_a_day_of_recordings(self):
        """Of a size of its own: nothing is enough for 9,000 TB, and any disk is for a megabyte."""

        def configure(day, directory):
            path, line = self.configure(
                STAYS, append=f"[size 7]\nsessions = 9\ndisk = {day}\n"
            )
            text = path.read_text().replace(
                "[host]\n", f"[host]\nsize = 7\nrecordings = {directory}\n", 1
            )
            path.write_text(text)
            self.assertEqual(self.daemon.ask("reload").returncode, 0)
            roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
            where = "--config-dir", self.config.directory, "--roles-dir", roles
            argv = ["env", "-u", "SSH_CONNECTION", hosts.setting("ROLEWALLCTL"), *where, "check"]
            checked = self.us.run(*argv, check=False)
            self.assertEqual(checked.returncode, 0, checked.stderr)
            done = self.daemon.ask("status", "--json")
            return checked.stderr, done.returncode, json.loads(done.stdout)

        here = str(self.config.directory)
        said, status, state = configure("1 MB", here)
        self.assertNotIn("recordings", said)
        self.assertEqual((status, state["problems"]), (0, []))
        self.assertEqual((state["state"], state["recordings"]), ("healthy", here))
        self.assertGreater(state["recordings-available"], 1 << 20)
        said, status, state = configure("9000 TB", here)
        self.assertIn(": warning: " + here + ", where recordings go, has", said)
        self.assertEqual((status, state["state"]), (3, "degraded"))
        self.assertIn("a day of size 7 may need 9216000 GB", state["problems"][0])
        said, status, state = configure("1 MB", here + "/none")
        self.assertIn("cannot look at " + here + "/none", said)
        self.assertEqual((status, len(state["problems"])), (3, 1))
        self.assertIn("No such file", state["problems"][0])

    def test_a_configuration_whose_tests_fail_is_not_loaded(self):
        self.configure(STAYS, append="[test good]\nrefuse = tcp 192.0.2.1 this-host:7001\n")
        self.assertEqual(self.daemon.ask("reload").returncode, 0)
        before = json.loads(self.daemon.ask("status", "--json").stdout)["generation"]
        open_port = "[flow x]\nport = 7001\nprotocol = tcp\nsource = x\ntarget = this-host\n"
        open_port += "[peer x]\naddress = 192.0.2.0/24\n"
        path, line = self.configure(
            STAYS, append=open_port + "[test good]\nrefuse = tcp 192.0.2.1 this-host:7001\n"
        )
        done = self.daemon.ask("reload")
        self.assertEqual(done.returncode, 1)
        wanted = "test 'good' fails: tcp 192.0.2.1 this-host:7001 must be refused, and is allowed"
        self.assertRegex(done.stderr, rf"rolewall.conf:\d+:10: error: {wanted}")
        after = json.loads(self.daemon.ask("status", "--json").stdout)
        self.assertEqual(after["generation"], before)
        self.assertIn("is refused", after["problems"][0])

    def test_a_test_that_waits_for_an_interface_is_judged_when_it_is_there(self):
        late = "[flow x]\nport = 7001\nprotocol = tcp\nsource = x\ntarget = this-host\n"
        late += "[peer x]\ninterface = late0\n"
        late += "[test far]\nrefuse = tcp 10.77.0.9 this-host:7001\n"
        self.configure(STAYS, append=late)
        done = self.daemon.ask("reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("is not judged yet: it is not known now where x is", done.stdout + done.stderr)
        done = self.daemon.ask("status", "--json")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("test 'far'", json.loads(done.stdout)["tests-waiting"][0])
        self.us.run("ip", "link", "add", "late0", "type", "veth", "peer", "name", "late1")
        self.us.run("ip", "address", "add", "10.77.0.1/24", "dev", "late0")
        self.us.run("ip", "link", "set", "late0", "up")
        deadline = time.monotonic() + 10 * hosts.PATIENCE
        problems = []
        while not problems and time.monotonic() < deadline:
            time.sleep(0.1)
            problems = json.loads(self.daemon.ask("status", "--json").stdout)["problems"]
        self.assertIn("test 'far' fails", problems[0])
        self.us.run("ip", "link", "delete", "late0")

    def test_confirm_and_rollback_without_a_trial_are_refused(self):
        for verb in ("confirm", "rollback"):
            done = self.daemon.ask(verb)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertNotEqual(done.stderr, "")

    def test_flush_wants_its_word(self):
        for arguments in ((), ("--yes",), ("--yes-open-this-host", "again")):
            done = self.daemon.ask("flush", *arguments)
            self.assertEqual(done.returncode, NO_WORD)
        self.assertIsNotNone(self.ruleset())
        self.assertIn("--yes-open-this-host", self.daemon.ask("flush").stderr)
        for word in ("", "--yes-open-this-hos", "--yes-open-this-host "):
            client = self.connect(dbus.AUTHENTICATED + dbus.call("Flush", "s", word))
            self.assertIn(b"--yes-open-this-host", self.answers(client))
        self.assertIsNotNone(self.ruleset())
        self.assertEqual(self.daemon.ask("flush", "--yes-open-this-host").returncode, 0)
        self.assertIsNone(self.ruleset())

    def test_bad_use_is_told_without_asking(self):
        self.daemon.stop()
        for arguments in (
            ("reload", "--confirm=0"),
            ("reload", "--confirm=86401"),
            ("reload", "--confirm=+5"),
            ("reload", "--confirm=5s"),
            ("reload", "--confirm="),
            ("flush", "--yes-open-this-hos"),
            ("show", "--format"),
            ("status", "--json=1"),
            ("status", "--jsonn"),
            ("check", "now"),
            ("reload", "now"),
            ("status", "now"),
            ("confirm", "now"),
            ("rollback", "--now"),
        ):
            with self.subTest(arguments):
                self.assertEqual(self.daemon.ask(*arguments).returncode, 2)

    def test_not_running(self):
        self.daemon.stop()
        self.assertFalse((self.daemon.runtime / "control").exists())
        for arguments in (("reload",), ("confirm",), ("rollback",), ("status", "--json")):
            done = self.daemon.ask(*arguments)
            self.assertEqual((done.returncode, done.stdout), (NOT_RUNNING, ""))
            self.assertIn("rolewalld is not running", done.stderr)
        done = self.daemon.ask("flush", "--yes-open-this-host")
        self.assertEqual(done.returncode, NOT_RUNNING)
        self.assertIn("nft delete table inet rolewall", done.stderr)


class WhoMayAsk(ControlCase):
    def ask_as(self, *wrap):
        program = shutil.copy(hosts.setting("ROLEWALLCTL"), self.lab.directory)
        return subprocess.run(
            [*wrap, program, "--runtime-dir", self.daemon.runtime, "status"],
            capture_output=True,
            text=True,
            timeout=hosts.WAIT_SECONDS,
            check=False,
        )

    def assert_only_root(self, done):
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("only root", done.stderr)

    def test_others_are_refused_by_the_mode(self):
        path = self.daemon.runtime / "control"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assert_only_root(self.ask_as(*NOBODY))

    def test_others_are_refused_whatever_the_mode_lets_them(self):
        caps = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        self.assert_only_root(self.ask_as(*NOBODY, *caps))
        (self.daemon.runtime / "control").chmod(0o666)
        self.assert_only_root(self.ask_as(*NOBODY))
        self.assert_answers()

    def test_root_asks_a_daemon_that_is_not_root(self):
        self.daemon.stop()
        self.us.run("nft", "delete", "table", "inet", "rolewall")
        program = shutil.copy(hosts.setting("ROLEWALLD"), self.lab.directory)
        roles = self.lab.directory / "roles"
        shutil.copytree(hosts.setting("SOURCE_DIR") / "conf" / "roles", roles)
        caps = ("--inh-caps=+net_admin", "--ambient-caps=+net_admin")
        self.daemon = self.us.daemon(
            self.config, program=program, roles_dir=roles, wrap=(*NOBODY, *caps)
        )
        self.assertEqual((self.daemon.runtime / "control").stat().st_uid, 65534)
        self.assert_answers()
        uid = ("setpriv", "--reuid=65534", "--clear-groups")
        self.assert_only_root(self.ask_as(*uid))


class FakeDaemon(threading.Thread):
    """Takes one connection, lets it authenticate, hears one question, hangs up."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self.heard = b""
        self.start()

    def run(self):
        with self._listener, self._listener.accept()[0] as client:
            client.settimeout(hosts.WAIT_SECONDS)
            self.hear(client, b"BEGIN\r\n")
            client.sendall(b"DATA\r\nOK 0123456789abcdef0123456789abcdef\r\n")
            self.hear(client, b"Reload")

    def hear(self, client, word):
        while word not in self.heard and (data := client.recv(4096)):
            self.heard += data


class Session(unittest.TestCase):
    def ask(self, script, session):
        with hosts.Lab() as lab:
            fake = FakeDaemon(lab.directory / "control")
            ctl = [hosts.setting("ROLEWALLCTL"), "--runtime-dir", lab.directory, "reload"]
            done = subprocess.run(
                ["sh", "-c", script, "sh", *ctl],
                env={**os.environ, "SSH_CONNECTION": session},
                capture_output=True,
                text=True,
                timeout=hosts.WAIT_SECONDS,
                check=False,
            )
            fake.join(hosts.WAIT_SECONDS)
            return done, fake.heard

    def test_is_that_of_the_environment(self):
        _, heard = self.ask('exec "$@"', SESSION)
        self.assertIn(SESSION.encode() + b"\0", heard)

    def test_is_that_of_the_nearest_ancestor_where_sudo_dropped_it(self):
        other = "10.0.9.8 50023 10.20.0.10 22"
        inner = 'sh -c \'env -u SSH_CONNECTION "$@"; exit $?\' sh "$@"; exit $?'
        _, heard = self.ask(inner, SESSION)
        self.assertIn(SESSION.encode() + b"\0", heard)
        _, heard = self.ask(f'SSH_CONNECTION="{other}" {inner}', SESSION)
        self.assertIn(other.encode() + b"\0", heard)

    def test_what_is_no_session_is_not_sent(self):
        _, heard = self.ask('exec "$@"', "10.0.9.7 50022 10.20.0.10 22 and more")
        self.assertNotIn(b"and more", heard)

    def test_a_daemon_that_goes_away_is_told_from_one_that_refuses(self):
        done, _ = self.ask('exec "$@"', SESSION)
        self.assertEqual((done.returncode, done.stdout), (NOT_RUNNING, ""))
        self.assertIn("went away", done.stderr)


class Place(ControlCase):
    def runtime(self):
        return ("--runtime-dir", self.daemon.runtime)

    def test_what_a_killed_daemon_left_is_replaced(self):
        self.daemon.signal(hosts.signal.SIGKILL)
        self.daemon.wait()
        self.assertTrue((self.daemon.runtime / "control").is_socket())
        self.assertEqual(self.daemon.ask("status").returncode, NOT_RUNNING)
        self.us.daemon(self.config, arguments=self.runtime())
        self.assertEqual(self.daemon.ask("status").returncode, 0)

    def test_that_of_a_daemon_that_lives_is_not_taken(self):
        """And the other one protects its host all the same."""
        second = self.outside.daemon(self.config, arguments=self.runtime())
        self.assertIn("cannot reach this daemon", second.stderr())
        self.assertIsNotNone(self.outside.list_table("inet", "rolewall"))
        self.assertEqual(second.stop(), 0)
        self.assert_answers()

    def test_what_is_no_socket_is_left_alone(self):
        self.daemon.stop()
        path = self.daemon.runtime / "control"
        path.write_text("mine")
        daemon = self.us.daemon(self.config, arguments=self.runtime())
        self.assertIn("cannot reach this daemon", daemon.stderr())
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(path.read_text(), "mine")

    def test_a_directory_that_is_missing_is_made_but_not_its_parents(self):
        self.daemon.stop()
        runtime = self.lab.directory / "new"
        self.daemon = self.us.daemon(self.config, arguments=("--runtime-dir", runtime))
        self.daemon.runtime = runtime
        self.assert_answers()
        self.daemon.stop()
        deep = self.lab.directory / "a" / "b"
        daemon = self.us.daemon(self.config, arguments=("--runtime-dir", deep))
        self.assertIn("cannot reach this daemon", daemon.stderr())
        self.assertFalse(deep.parent.exists())


class Abuse(ControlCase):
    def timers(self):
        """Of CLOCK_MONOTONIC, when they are due."""
        texts = []
        for path in (self.proc() / "fdinfo").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                texts.append(path.read_text())
        ours = [t for t in texts if re.search(r"(?m)^clockid: 1$", t)]
        return [re.search(r"it_value: \((\d+), (\d+)\)", t).groups() for t in ours]

    def test_the_silent_are_hung_up_on_and_then_no_timer_runs(self):
        silent = [
            self.connect(),
            self.connect(b"\0AUTH EXTERNAL"),
            self.connect(dbus.AUTHENTICATED),
            self.connect(dbus.AUTHENTICATED + dbus.call("Status")[:40]),
        ]
        self.assert_answers()
        self.assertNotIn(("0", "0"), self.timers())
        started = time.monotonic()
        for client in silent:
            self.assert_hung_up(client, SILENCE_SECONDS + hosts.WAIT_SECONDS)
        self.assertGreater(time.monotonic() - started, SILENCE_SECONDS - 3)
        self.assertEqual({*self.timers()} - {("0", "0")}, set())

    def test_while_all_places_are_taken_others_wait_and_nobody_is_hung_up_on(self):
        descriptors = self.descriptors()
        silent = [self.connect(b"\0AUTH EXT" if n % 2 else b"") for n in range(CLIENTS_MOST)]
        waiting = self.connect(dbus.AUTHENTICATED + dbus.call("Status"))
        self.assert_packets_pass()
        self.assertLessEqual(
            self.descriptors(), descriptors + CLIENTS_MOST * DESCRIPTORS_EACH
        )
        for client in (*silent, waiting):
            client.setblocking(False)
            self.assertRaises(BlockingIOError, client.recv, 1)
        waiting.settimeout(SILENCE_SECONDS + hosts.WAIT_SECONDS)
        self.assertIn(b"healthy", self.answers(waiting))
        for client in silent:
            self.assert_hung_up(client)

    def test_what_is_asked_with_the_introduction_is_answered_in_its_order(self):
        """Also if nothing follows that would wake who reads."""
        for count in (1, 8):
            calls = (dbus.call("Status", serial=n + 1) for n in range(count))
            client = self.connect(dbus.AUTHENTICATED + b"".join(calls))
            heard = self.answers(client, count)
            serials = re.findall(rb"\x05\x01u\0(.)\0\0\0", heard, re.DOTALL)
            self.assertEqual(b"".join(serials), bytes(range(1, count + 1)))

    def test_rubbish_is_hung_up_on(self):
        good = dbus.AUTHENTICATED
        for rubbish in (
            os.urandom(4096),
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"\0" * 100000,
            b"\0AUTH EXTERNAL\r\n" + b"A" * 100000,
            good + b"x" * 4096,
            good + os.urandom(4096),
            good + dbus.call("Status", length=1 << 30),
            good + dbus.call("Status", length=100 << 20) + b"\0" * (1 << 20),
            good + dbus.call("Reload", "bus", payload=b"\xff" * 8),
        ):
            with self.subTest(rubbish[:60]):
                memory = self.memory()
                client = self.connect(rubbish)
                client.shutdown(socket.SHUT_WR)
                self.assert_hung_up(client)
                self.assert_bounded(memory)
        self.assert_answers()

    def test_wrong_questions_are_answered_with_errors(self):
        client = self.connect(dbus.AUTHENTICATED)
        questions = (
            dbus.call("Reload"),
            dbus.call("Reload", "s", "x"),
            dbus.call("Reload", "bus", 0, 86401, ""),
            dbus.call("Flush", "u", 1),
            dbus.call("Status", "s", "x"),
            dbus.call("Open"),
            dbus.call("Status", path="/elsewhere"),
            dbus.call("Status", interface="rolewall.Control2"),
        )
        before = self.ruleset()
        for question in questions:
            self.send(client, question)
            self.assertIn(b"l\x03\x01\x01", self.answers(client))
        self.assertEqual(self.ruleset(), before)
        self.send(client, dbus.call("Status"))
        self.assertIn(b"healthy", self.answers(client))

    def test_who_goes_away_during_a_call_hurts_nobody(self):
        descriptors, memory = self.descriptors(), self.memory()
        reload = dbus.AUTHENTICATED + dbus.call("Reload", "bus", 0, 0, "")
        for _ in range(100):
            self.connect(reload).close()
        self.assert_answers()
        self.assert_packets_pass()
        self.assert_bounded(memory)
        self.assertLessEqual(self.descriptors(), descriptors + 2)

    def test_many_sessions_leave_nothing_behind(self):
        for _ in range(50):
            self.daemon.ask("status")
        memory, descriptors = self.memory(), self.descriptors()
        for _ in range(MANY):
            client = self.connect(dbus.AUTHENTICATED + dbus.call("Status"))
            self.answers(client)
            client.close()
        self.daemon.ask("status")
        self.assertLess(self.memory() - memory, 512)
        self.assertLessEqual(self.descriptors(), descriptors + DESCRIPTORS_EACH)

    def test_without_descriptors_the_daemon_waits_instead_of_spinning(self):
        pid = self.daemon.pid()
        soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (self.descriptors() - 3, hard))
        heard = len(self.daemon.stderr())
        self.connect()
        self.daemon.said(heard, "rolewallctl cannot reach this daemon through")
        cpu, started = self.cpu_seconds(), time.monotonic()
        self.daemon.said(heard, "rolewallctl cannot reach this daemon through")
        while time.monotonic() - started < 1:  # a stretch of time is what is measured
            time.sleep(0.1)
        self.assertLess(self.cpu_seconds() - cpu, 0.2)
        self.assert_packets_pass()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, hard))
        self.assert_answers()

    def test_an_answer_nobody_takes_does_not_keep_the_daemon_from_ending(self):
        self.configure(STAYS, append="nonsense that is none\n" * 10000)
        self.connect(dbus.AUTHENTICATED + dbus.call("Reload", "bus", 0, 0, ""))
        self.daemon.ask("status")
        self.assertEqual(self.daemon.stop(), 0)


if __name__ == "__main__":
    hosts.main()
