#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rolewall-reader as a service: what it may do, how it comes and goes, and that it works in there.

sandbox_probe.c takes its place in the unit, where everything is refused that it does not need.  Then
it asks a name server as the user that it is, with a test in the daemon's place.
"""

import pathlib
import subprocess
import unittest

import machine
import network
import test_sandbox

import dns
import hosts
import notices

UNIT = "rolewall-reader.service"
FORBIDDEN = {
    *(t.what for tries in test_sandbox.TRIES.values() for t in tries if t.what != "internet"),
    *("read-configuration", "netlink-routes"),
}
NEEDED = ("internet", "local-socket", "read-resolvers", "read-null")
NAME = "login.example.com"


class ReaderUnit(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(hosts.Lab())
        cls.us = cls.lab.host("us")
        cls.machine = machine.Machine(cls.lab)
        cls.machine.boot(cls.us, f"--capability={test_sandbox.CAPABILITIES}")
        cls.machine.install()
        cls.machine.config.file("rolewall.conf", network.CONFIG)
        cls.machine.write("etc/resolv.conf", "nameserver 127.0.0.1\n")
        test_sandbox.prepare_prey(cls.machine)

    def tearDown(self):
        self.machine.run("systemctl", "stop", UNIT, "rolewalld")

    def state(self, unit=UNIT):
        return self.machine.show("ActiveState", unit)

    def pid(self):
        return int(self.machine.show("MainPID", UNIT))

    def start(self):
        """Both, and they have found each other."""
        mark = self.machine.mark(UNIT)
        self.machine.run("systemctl", "start", "rolewalld")
        self.machine.wait_said(mark, "connected to rolewalld", UNIT)

    def in_its_place(self, names):
        """The results of the probe where the reader would run."""
        command = f"[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart={test_sandbox.PROBE} "
        self.machine.unit(f"{UNIT}.d/test.conf", command + " ".join(names) + "\n")
        self.addCleanup(self.machine.unit, f"{UNIT}.d/test.conf", "")
        mark = self.machine.mark(UNIT)
        self.machine.run("systemctl", "start", UNIT)
        return test_sandbox.results(self.machine.said(mark, UNIT))

    def test_all_is_refused_that_it_does_not_need(self):
        wanted = dict.fromkeys(FORBIDDEN, "refused")
        self.assertEqual(self.in_its_place(wanted), wanted)

    def test_it_has_what_it_needs(self):
        wanted = dict.fromkeys(NEEDED, "done")
        self.assertEqual(self.in_its_place(wanted), wanted)

    def test_the_exposure_is_low(self):
        analyze = ["systemd-analyze", "security", "--no-pager", "--offline=true"]
        analyze += [f"--threshold={test_sandbox.MOST_EXPOSED}"]
        done = self.machine.run(*analyze, UNIT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        source = hosts.setting("SOURCE_DIR") / "systemd" / UNIT
        shown = subprocess.run([*analyze, source], capture_output=True, check=False)
        self.assertEqual(shown.returncode, 0)

    def test_it_comes_and_goes_with_the_daemon(self):
        self.start()
        first = self.pid()
        mark = self.machine.mark(UNIT)
        self.machine.run("systemctl", "restart", "rolewalld")
        self.machine.wait_said(mark, "connected to rolewalld", UNIT)
        self.assertNotEqual(self.pid(), first)
        self.machine.run("systemctl", "stop", "rolewalld")
        self.assertEqual(self.state(), "inactive")

    def test_each_is_found_again_when_one_is_killed(self):
        self.start()
        for unit in (UNIT, "rolewalld"):
            mark = self.machine.mark(UNIT)
            self.machine.run("systemctl", "kill", "-s", "KILL", unit)
            self.machine.wait_said(mark, "connected to rolewalld", UNIT)
        self.assertEqual((self.state(), self.state("rolewalld")), ("active", "active"))

    def test_it_has_no_right_and_another_user(self):
        self.start()
        status = self.machine.run("cat", f"/proc/{self.pid()}/status")
        for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb"):
            self.assertRegex(status, rf"(?m)^Cap{kind}:\s+0000000000000000$")
        user = self.machine.run("id", "-u", "rolewall-reader").strip()
        self.assertRegex(status, rf"(?m)^Uid:\s+{user}\s+{user}\s+{user}\s+{user}$")
        groups = self.machine.run("id", "-Gn", "rolewall-reader").split()
        self.assertEqual(groups, ["rolewall-reader"])

    def test_nobody_else_can_connect_to_the_daemon(self):
        self.start()
        self.machine.run("systemctl", "kill", "-s", "STOP", UNIT)
        self.addCleanup(self.machine.run, "systemctl", "kill", "-s", "CONT", UNIT)
        connect = "import socket; socket.socket(1, 5).connect('/run/rolewall/reader')"
        for user, works in (("nobody", False), ("daemon", False), ("rolewall-reader", True)):
            as_user = ("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups")
            done = self.machine.run(*as_user, "/usr/bin/python3", "-c", connect, check=False)
            self.assertEqual(done.returncode == 0, works, (user, done.stderr))

    def test_it_asks_in_there(self):
        """Over UDP and TCP, follows its files, and is never refused a system call."""
        self.machine.run("install", "-d", "-m", "0755", "/run/rolewall")
        self.addCleanup(self.machine.run, "rm", "-rf", "/run/rolewall")
        runtime = pathlib.Path(f"/proc/{self.machine._leader}/root/run/rolewall")
        server = self.enterContext(dns.Server(self.us, "127.0.0.1"))
        server.says(
            NAME,
            lambda q: q.addresses(["192.0.2.1"]) if q.over_tcp else q.reply(truncated=True),
        )
        listener = notices.Listener(runtime, hosts.WAIT_SECONDS)
        self.addCleanup(listener.close)
        self.machine.run("systemctl", "start", UNIT)
        channel = listener.accept()
        self.addCleanup(channel.close)
        self.assertEqual(channel.state()["resolvers"], ["127.0.0.1"])
        channel.follow(NAME)
        self.assertEqual(channel.answer().items, [])
        channel.ask(NAME, 1)
        self.assertEqual(channel.answer().items, [("192.0.2.1", 60)])
        self.machine.run("sh", "-c", f"echo 192.0.2.7 {NAME} >>/etc/hosts")
        self.assertEqual(channel.answer().items, [("192.0.2.7", 0)])
        self.machine.write("etc/resolv.conf", "nameserver 127.0.0.2\n")
        self.addCleanup(self.machine.write, "etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.assertEqual(channel.state()["resolvers"], ["127.0.0.2"])


if __name__ == "__main__":
    machine.main()
