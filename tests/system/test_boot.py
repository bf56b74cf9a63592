#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots: the rules are there before the first packet can be.

The network of these machines comes up as early as any program may bring it up: as soon as
network-pre.target has been reached, not a service later.  Peers send from before the boot,
and know the machine's link address already; receivers wait at its addresses.
"""

import unittest

import machine
import network

import flood
import hosts


class Boot(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.outside = self.lab.host("outside")
        self.boots = 0
        self.machine = machine.Machine(self.lab)
        self.machine.write("etc/early-network", network.early_network())
        self.machine.write("etc/systemd/system/early-network.service", network.EARLY_NETWORK)
        self.machine.boot(self.lab.host("first"))
        self.machine.install()
        self.machine.run("systemctl", "enable", "early-network")

    def configure(self, text=network.CONFIG):
        self.machine.config.file("rolewall.conf", text)

    def new_us(self):
        """A host for the next boot, its wire lying ready."""
        if self.boots:
            self.outside.ip("link delete eth0")
        self.boots += 1
        us = self.lab.host(f"us-{self.boots}")
        network.wire_unconfigured(self.lab, us, self.outside)
        return us

    def reboot_under_fire(self, *options):
        """From before the machine goes down until it is up and packets have arrived."""
        us = self.new_us()
        with flood.Flood(network.into(self.outside, us)) as fire:
            self.machine.reboot(us, *options)
            us.serve([("tcp", address, network.IN) for address in network.US])
            for them, here in zip(network.SENDER, network.US):
                answer = self.outside.connect_one("tcp", them, here, network.IN)
                self.assertEqual(answer, "open")
        allowed = [r for s, r in fire.results.items() if s.allowed]
        forbidden = [r for s, r in fire.results.items() if not s.allowed]
        self.assertGreater(min(r.received for r in allowed), 0, "nothing arrived")
        self.assertTrue(all(r.first_missing == 0 for r in allowed), "it began too late")
        return sum(r.received for r in forbidden)

    def assert_none_passes(self, *options):
        passed = self.reboot_under_fire(*options)
        if passed:
            units = ["-u", machine.UNIT, "-u", "early-network.service"]
            said = self.machine.run("journalctl", "-b", "-o", "short-monotonic", *units)
            self.fail(f"{passed} forbidden packets passed\n{said}")

    def assert_protected(self):
        self.assertEqual(self.machine.show("ActiveState"), "active")
        self.assertIsNotNone(self.machine.host.list_table("inet", "rolewall"))

    def test_not_one_forbidden_packet_passes(self):
        self.configure()
        self.machine.run("systemctl", "disable", "rolewalld")
        self.assertGreater(self.reboot_under_fire(), 0, "the control: nobody protects this host")
        self.machine.run("systemctl", "enable", "rolewalld")
        for _ in range(5):
            self.assert_none_passes()
            self.assert_protected()

    def test_it_needs_no_bus_and_no_resolver(self):
        self.configure()
        for unit in ("dbus.service", "dbus.socket", "systemd-logind.service"):
            link = self.machine.root / "etc/systemd/system" / unit
            link.symlink_to("/dev/null")
        (self.machine.root / "etc/resolv.conf").unlink(missing_ok=True)
        self.assert_none_passes()
        self.assert_protected()
        first = self.machine.run("systemctl", "list-dependencies", "--after", "--plain", machine.UNIT)
        for late in ("dbus", "nss-lookup", "nss-user-lookup", "network", "basic.target"):
            self.assertNotIn(late, first)

    def test_it_starts_in_rescue_mode(self):
        self.configure()
        # the real one asks for a password
        self.machine.unit("rescue.service", "[Service]\nType=oneshot\nExecStart=true\n")
        self.machine.reboot(self.new_us(), "--", "systemd.unit=rescue.target")
        self.assert_protected()

    def test_it_starts_with_a_full_disk(self):
        self.configure()
        self.machine.start_reboot()
        self.machine.fill_disk()
        self.assertRaises(OSError, (self.machine.root / "var/tmp/more").mkdir)
        self.machine.boot(self.new_us())
        self.assert_protected()

    def test_it_starts_with_var_read_only(self):
        self.configure()
        self.machine.reboot(self.new_us(), f"--bind-ro={self.machine.root}/var:/var")
        self.assertRaises(hosts.LabError, self.machine.run, "mkdir", "/var/lib/rolewall/new")
        self.assert_protected()


if __name__ == "__main__":
    machine.main()
