#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package: what it changes, what it leaves alone, and what it says.

Nothing happens to the firewall before there is a configuration that is good.  An upgrade
goes unnoticed by packets.  Removal leaves the host protected, and says so.
"""

import os
import re
import shutil
import stat
import subprocess
import unittest

import machine
import network

import flood
import hosts

BAD = network.CONFIG.replace("roles = target", "roles = tarjet")


class Package(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        network.wire(self.lab, self.us, self.outside)
        self.machine = machine.Machine(self.lab)
        self.machine.boot(self.us)

    def configure(self, text=network.CONFIG):
        self.machine.config.file("rolewall.conf", text)

    def start(self):
        self.configure()
        self.machine.run("systemctl", "start", "rolewalld")

    def ruleset(self):
        return self.machine.host.run("nft", "list", "ruleset")

    def state(self):
        return self.machine.show("ActiveState")

    def bumped(self):
        """The same package, of a later version."""
        tree = self.lab.directory / "bumped"
        subprocess.run(["dpkg-deb", "--raw-extract", machine.package(), tree], check=True)
        control = tree / "DEBIAN/control"
        text = control.read_text()
        control.write_text(text.replace("\nVersion: ", "\nVersion: 99."))
        package = self.lab.directory / "rolewall_99_all.deb"
        build = ["dpkg-deb", "-Znone", "--build", tree, package]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        return package

    def test_nothing_changes_before_there_is_a_configuration(self):
        before = self.ruleset()
        self.assertIn("has not been changed", self.machine.install())
        self.assertEqual(self.machine.show("UnitFileState"), "enabled")
        self.machine.run("systemctl", "start", "rolewalld")
        self.assertEqual((self.state(), self.ruleset()), ("inactive", before))
        self.machine.reboot(self.lab.host("again"))
        self.assertEqual((self.state(), self.ruleset()), ("inactive", before))

    def test_nothing_changes_before_the_configuration_is_good(self):
        before = self.ruleset()
        self.machine.install()
        self.configure(BAD)
        mark = self.machine.mark()
        started = self.machine.run("systemctl", "start", "rolewalld", check=False)
        self.assertNotEqual(started.returncode, 0)
        self.assertIn("rolewall.conf:2:", self.machine.said(mark))
        self.assertEqual(self.ruleset(), before)
        # and somebody has said so
        self.configure()
        self.assertEqual(self.machine.show("SubState"), "failed")
        self.assertEqual(self.ruleset(), before)
        self.machine.run("systemctl", "start", "rolewalld")
        self.assertIn("table inet rolewall", self.ruleset())

    def closed_to_the_daemon(self):
        """What check says of it, with an exit status of 1."""
        checked = self.machine.run("rolewallctl", "check", check=False)
        self.assertEqual(checked.returncode, 1)
        return checked.stderr

    def test_what_the_daemon_cannot_read_is_a_fault_to_root(self):
        self.machine.install()
        self.configure(network.CONFIG.replace("address = ", "file = lists/a.list\naddress = ", 1))
        self.machine.config.file("lists/a.list", "10.9.9.9\n")
        self.machine.run("chgrp", "-R", "rolewall", "/etc/rolewall")
        self.assertEqual(self.machine.run("rolewallctl", "check"), "")
        host_file, lists = "/etc/rolewall/rolewall.conf", "/etc/rolewall/lists"
        self.machine.run("chmod", "0700", lists)
        said = self.closed_to_the_daemon()
        self.assertRegex(said, rf"^{lists}/a.list:1:1: error: .*'rolewall' may not enter {lists} ")
        self.machine.run("chmod", "0750", lists)
        self.machine.run("chown", "root:root", host_file)
        self.machine.run("chmod", "0600", host_file)
        said = self.closed_to_the_daemon()
        self.assertRegex(said, rf"^{host_file}:1:1: error: .*'rolewall' cannot read this file ")
        self.assertEqual(said.count("\n"), 1)
        # a start fails once, and a save that parses is not taken for a command
        mark = self.machine.mark()
        started = self.machine.run("systemctl", "start", "rolewalld", check=False)
        self.assertNotEqual(started.returncode, 0)
        self.assertIn("there is no earlier one", self.machine.said(mark))
        status = [self.machine.show(p) for p in ("ExecMainStatus", "SubState", "NRestarts")]
        self.assertEqual(status, [str(os.EX_CONFIG), "failed", "0"])
        self.machine.run("chmod", "0644", host_file)
        self.assertEqual(self.machine.run("rolewallctl", "check"), "")
        self.assertEqual(self.state(), "failed")
        self.machine.run("systemctl", "start", "rolewalld")
        self.assertEqual(self.state(), "active")

    def test_a_first_start_that_would_cut_all_sessions_is_left_until_it_is_forced(self):
        self.machine.install()
        self.configure()
        self.us.serve([("tcp", "0.0.0.0", 22)])
        held = self.outside.hold(1, network.UNKNOWN[0], network.US[0], 22)
        before, mark = self.ruleset(), self.machine.mark()
        for start in (("systemctl", "start", "rolewalld"), ("rolewallctl", "start")):
            started = self.machine.run(*start, check=False)
            self.assertNotEqual(started.returncode, 0)
        self.assertIn(f"add {network.UNKNOWN[0]} to from = in [management]", self.machine.said(mark))
        status = [self.machine.show(p) for p in ("ExecMainStatus", "SubState", "NRestarts")]
        self.assertEqual(status, [str(os.EX_CONFIG), "failed", "0"])
        self.assertEqual(self.ruleset(), before)
        self.assertTrue(held.alive(1))
        self.machine.run("rolewallctl", "start", "--force")
        self.assertEqual(self.state(), "active")
        self.assertFalse(held.alive(1))
        self.assertEqual(self.machine.run("ls", "/run/rolewall"), "control\nreader\n")

    def test_a_configuration_that_was_there_first_is_put_in_force(self):
        self.machine.write("etc/rolewall/rolewall.conf", network.CONFIG)
        self.machine.install()
        self.assertEqual(self.state(), "active")
        self.assertIn("table inet rolewall", self.ruleset())

    def sites(self):
        """This machine asks sender for names, time and packages."""
        etc, sender = self.machine.root / "etc", network.SENDER[0]
        for directory in ("apt", "chrony"):
            shutil.rmtree(etc / directory, ignore_errors=True)
            (etc / directory).mkdir()
        shutil.rmtree(etc / "systemd/timesyncd.conf.d", ignore_errors=True)
        self.machine.write("etc/systemd/timesyncd.conf", "[Time]\n#NTP=\n")
        self.machine.write("etc/resolv.conf", f"nameserver {sender}\n")
        self.machine.write("etc/apt/sources.list", f"deb http://{sender}/debian stable main\n")
        self.machine.write("etc/chrony/chrony.conf", f"server {sender} iburst\n")

    def opens(self, source, destination, port, protocol="tcp"):
        """Whether a new connection between the machine and outside gets its answer."""
        by, to = self.outside, self.us
        if source == network.US[0]:
            by, to = to, by
        server = to.serve([(protocol, destination, port)])
        answer = by.connect_one(protocol, source, destination, port)
        server.end()
        return answer == "open"

    def test_what_init_writes_is_good_once_it_is_filled_in_and_lets_names_time_and_packages_out(self):
        self.machine.install()
        self.sites()
        here, sender, stranger = network.US[0], network.SENDER[0], network.UNKNOWN[0]
        session = f"SSH_CONNECTION={stranger} 40122 {here} 22"
        init = ["env", session, "rolewallctl", "init", "--role", "target"]
        said = self.machine.run(*init)
        path = self.machine.config.directory / "rolewall.conf"
        text = path.read_text()
        wanted = [n for n, line in enumerate(text.splitlines(), 1) if line.startswith(";[")]
        self.assertEqual([int(n) for n in re.findall(r"rolewall\.conf:(\d+): ", said)], wanted)
        mode = self.machine.run("stat", "-c", "%U:%G %a", "/etc/rolewall/rolewall.conf")
        self.assertEqual(mode, "root:rolewall 640\n")
        self.assertEqual(self.machine.run("rolewallctl", "check", check=False).returncode, 1)
        again = self.machine.run(*init, check=False)
        self.assertEqual((again.returncode, path.read_text()), (1, text))
        text = text.replace(";[peer", "[peer").replace(";address =", "address = 10.20.0.10")
        self.machine.config.file("rolewall.conf", text)
        checked = self.machine.run("env", session, "rolewallctl", "check", check=False)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.machine.run("rolewallctl", "start")
        self.assertTrue(self.opens(stranger, here, 22))
        self.assertFalse(self.opens(sender, here, 22))
        self.assertTrue(self.opens(here, sender, network.OUT))
        self.machine.config.file("rolewall.conf", text.replace("= allow\n", "= enforce\n"))
        self.machine.run("rolewallctl", "reload")
        self.assertFalse(self.opens(here, sender, network.OUT))
        for protocol, port in (("udp", 53), ("tcp", 53), ("udp", 123), ("tcp", 80), ("tcp", 443)):
            self.assertTrue(self.opens(here, sender, port, protocol), (protocol, port))
            self.assertFalse(self.opens(here, stranger, port, protocol), (protocol, port))

    def test_all_of_etc_is_the_administrators(self):
        self.machine.install()
        files = self.machine.run("dpkg", "--listfiles", "rolewall").split()
        conffiles = self.machine.run("dpkg-query", "-W", "-f", "${Conffiles}", "rolewall").split()
        here = [f for f in files if f.startswith("/etc/") and (self.machine.root / f[1:]).is_file()]
        self.assertEqual([f for f in here if f not in conffiles], [])
        self.start()
        self.machine.config.file("roles/own.conf", "[role]\nname = own\nparties = own\n")
        files = {f: f.read_text() for f in self.machine.config.directory.rglob("*.conf")}
        self.assertEqual(len(files), 2)
        self.machine.install(self.bumped())
        self.machine.dpkg("--remove", "rolewall")
        self.machine.install()
        self.assertEqual({f: f.read_text() for f in files}, files)

    def test_the_configuration_is_for_its_group_only(self):
        self.machine.install()
        modes = self.machine.run("stat", "-c", "%n %U:%G %a", "/etc/rolewall", "/var/lib/rolewall")
        wanted = ["/etc/rolewall root:rolewall 2750", "/var/lib/rolewall rolewall:rolewall 700"]
        self.assertEqual(modes.splitlines(), wanted)
        # as an administrator with a strict umask writes it
        self.configure()
        write = "umask 027; cd /etc/rolewall; cp rolewall.conf new; mv new rolewall.conf"
        self.machine.run("sh", "-c", write)
        self.machine.run("systemctl", "start", "rolewalld")
        read = ["cat", "/etc/rolewall/rolewall.conf"]
        ids = "--reuid=nobody", "--regid=nogroup", "--clear-groups"
        self.assertNotEqual(self.machine.run("setpriv", *ids, *read, check=False).returncode, 0)

    def test_an_upgrade_leaves_no_gap(self):
        self.machine.install()
        self.start()
        package = self.bumped()
        for upgrade in (package, machine.package()):
            pid = self.machine.main_pid()
            with flood.Flood(network.both_ways(self.outside, self.us)) as fire:
                self.machine.install(upgrade)
            self.assertEqual(fire.faults(), [])
            self.assertNotIn(self.machine.main_pid(), (0, pid))

    def test_removal_leaves_the_host_protected_and_says_so(self):
        self.machine.install()
        self.start()
        with flood.Flood(network.both_ways(self.outside, self.us)) as fire:
            said = self.machine.dpkg("--remove", "rolewall")
        self.assertEqual(fire.faults(), [])
        self.assertIn("stays protected", said)
        command = said.partition("To open the\nhost: ")[2].splitlines()[0]
        self.assertIn("table inet rolewall", self.ruleset())
        said = self.machine.dpkg("--purge", "rolewall")
        self.assertIn("/etc/rolewall has files of yours", said)
        self.assertTrue((self.machine.root / "etc/rolewall/rolewall.conf").is_file())
        self.assertFalse((self.machine.root / "var/lib/rolewall").exists())
        self.assertIn("table inet rolewall", self.ruleset())
        self.machine.run(*command.split())
        self.assertNotIn("table inet rolewall", self.ruleset())

    def test_a_package_that_was_never_used_goes_without_a_trace(self):
        self.machine.install()
        self.assertNotIn("stays protected", self.machine.dpkg("--purge", "rolewall"))
        left = [p for p in ("etc", "var/lib") if (self.machine.root / p / "rolewall").exists()]
        links = list((self.machine.root / "etc/systemd/system").rglob("rolewalld*"))
        self.assertEqual((left, links), ([], []))


class Image(unittest.TestCase):
    """A tree in which the package is installed before anything runs in it."""

    def test_without_proc_all_directories_are_there(self):
        lab = self.enterContext(hosts.Lab())
        image = machine.Machine(lab)
        dev = image.root / "dev"
        subprocess.run(["mount", "--bind", "/dev", dev], check=True)
        try:
            shutil.copy(machine.package(), image.root / "var/cache/rolewall.deb")
            argv = ["chroot", image.root, "dpkg", "--install", "/var/cache/rolewall.deb"]
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
        finally:
            subprocess.run(["umount", dev], check=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("/proc/ is not mounted", done.stderr)
        ids = re.search(r"(?m)^rolewall:\w*:(\d+):(\d+):", (image.root / "etc/passwd").read_text())
        user, group = map(int, ids.groups())
        for path, wanted in (
            ("etc/rolewall", (0, group, 0o2750)),
            ("var/lib/rolewall", (user, group, 0o700)),
        ):
            found = (image.root / path).stat()
            self.assertEqual((found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)), wanted)
        # it boots, with a configuration that was put into it
        (image.root / "etc/rolewall/rolewall.conf").write_text(network.CONFIG)
        us = lab.host("us")
        network.wire(lab, us, lab.host("outside"))
        image.boot(us)
        self.assertEqual(image.show("ActiveState"), "active")
        self.assertIsNotNone(us.list_table("inet", "rolewall"))


if __name__ == "__main__":
    machine.main()
