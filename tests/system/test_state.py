#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What boots when the configuration, the state or both are no good; and trials.

All on a real systemd: the reboots are reboots.  What the ruleset is like is asked with
connections from a peer.
"""

import json
import signal
import unittest

import machine
import network

import hosts

OTHER = 7003
LISTED = "file = senders.list"


class StateCase(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.machine = machine.Machine(self.lab)
        self.number = 0
        self.machine.boot(self.new_us())
        self.machine.install()
        self.configure()
        self.machine.run("systemctl", "start", "rolewalld")
        self.machine.run("systemctl", "enable", "rolewalld")

    def configure(self, port=network.IN, sender=None):
        text = network.CONFIG.replace(f"port = {network.IN}", f"port = {port}")
        if sender:
            text = text.replace(f"address = {', '.join(network.SENDER)}", sender)
        self.machine.config.file("rolewall.conf", text)

    def break_configuration(self):
        self.machine.config.file("rolewall.conf", network.CONFIG + "[flow in]\n")

    def new_us(self):
        self.number += 1
        us, self.outside = self.lab.host(f"us-{self.number}"), self.lab.host(f"out-{self.number}")
        network.wire(self.lab, us, self.outside)
        us.serve(hosts.wildcards({("tcp", p) for p in (network.IN, OTHER)}))
        return us

    def reboot(self, *options):
        self.machine.reboot(self.new_us(), *options)

    def reached(self, source=network.SENDER[0]):
        ports = (network.IN, OTHER)
        found = self.outside.connect([("tcp", source, network.US[0], p) for p in ports], 300)
        return [p for p, result in zip(ports, found.values(), strict=True) if result == "open"]

    def ctl(self, *arguments, status=0):
        done = self.machine.run("rolewallctl", *arguments, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def status(self, status=0):
        return json.loads(self.ctl("status", "--json", status=status))

    def assert_as_before(self):
        self.assertEqual(self.machine.show("ActiveState"), "active")
        self.assertEqual(self.reached(), [network.IN])
        self.assertEqual(self.reached(network.UNKNOWN[0]), [])

    def saved(self, name="confirmed"):
        return self.machine.root / "var/lib/rolewall" / name


class Boot(StateCase):
    def test_with_a_broken_configuration(self):
        self.break_configuration()
        self.reboot()
        self.assert_as_before()
        status = self.status(3)
        self.assertEqual(status["state"], "degraded")
        self.assertIn("rolewall.conf", " ".join(status["refused"]))

    def test_with_a_missing_peer_file(self):
        self.configure(sender=LISTED)
        listed = self.machine.config.file("senders.list", f"{network.SENDER[0]}\n")
        self.machine.run("systemctl", "reload", "rolewalld")
        listed.unlink()
        self.reboot()
        self.assert_as_before()
        self.status(3)

    def test_with_truncated_state(self):
        self.saved().write_bytes(self.saved().read_bytes()[:300])
        self.reboot()
        self.assert_as_before()
        self.assertEqual(self.status()["state"], "healthy")

    def test_with_truncated_state_and_a_broken_configuration(self):
        self.saved().write_bytes(b"")
        self.break_configuration()
        self.reboot()
        self.assertEqual(self.reached() + self.reached(network.UNKNOWN[0]), [])
        self.assertIn("only management", " ".join(self.status(3)["problems"]))

    def test_without_state(self):
        self.saved().unlink()
        self.reboot()
        self.assert_as_before()
        self.assertTrue(self.saved().exists())

    def test_with_var_read_only(self):
        self.break_configuration()
        self.reboot(f"--bind-ro={self.machine.root}/var:/var")
        self.assert_as_before()


class Reload(StateCase):
    def test_a_bad_one_fails_visibly(self):
        mark = self.machine.mark()
        self.break_configuration()
        done = self.machine.run("systemctl", "reload", "rolewalld", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("rolewall.conf:", self.machine.said(mark))
        self.assert_as_before()
        self.configure(OTHER)
        self.machine.run("systemctl", "reload", "rolewalld")
        self.assertEqual(self.reached(), [OTHER])


class Trial(StateCase):
    def try_other(self, seconds):
        self.configure(OTHER)
        self.ctl("reload", f"--confirm={seconds}")
        self.assertEqual(self.reached(), [OTHER])

    def test_confirmed(self):
        self.try_other(60)
        self.ctl("confirm")
        self.reboot()
        self.assertEqual(self.reached(), [OTHER])
        self.assertEqual(self.status()["state"], "healthy")

    def test_expired(self):
        mark = self.machine.mark()
        self.try_other(2)
        self.machine.wait_said(mark, "not confirmed in time")
        self.assert_as_before()
        self.reboot()
        self.assert_as_before()
        self.assertIn("not confirmed", " ".join(self.status(3)["problems"]))

    def test_rolled_back(self):
        self.try_other(60)
        self.ctl("rollback")
        self.assert_as_before()

    def test_the_daemon_is_killed_in_the_window(self):
        mark = self.machine.mark()
        self.try_other(20)
        self.machine.kill(signal.SIGKILL)
        self.machine.wait_said(mark, "the trial goes on")
        self.assertEqual(self.reached(), [OTHER])
        self.machine.wait_said(mark, "not confirmed in time")
        self.assert_as_before()

    def test_the_machine_is_rebooted_in_the_window(self):
        self.try_other(600)
        self.reboot()
        self.assert_as_before()
        self.assertIn("not confirmed", " ".join(self.status(3)["problems"]))
        self.ctl("reload")
        self.assertEqual(self.reached(), [OTHER])

    def test_the_power_goes_in_the_window(self):
        self.try_other(600)
        self.machine.crash()
        self.machine.boot(self.new_us())
        self.assert_as_before()


class Flush(StateCase):
    def test_it_opens_the_host_until_the_next_start(self):
        mark = self.machine.mark()
        self.ctl("flush", status=2)
        self.assert_as_before()
        self.ctl("flush", "--yes-open-this-host")
        self.assertEqual(self.reached(network.UNKNOWN[0]), [network.IN, OTHER])
        self.machine.wait_said(mark, "not protected any more")
        self.assertEqual(self.status(3)["state"], "open")
        self.reboot()
        self.assert_as_before()

    def test_a_stopped_service_protects_the_host_still(self):
        self.machine.run("systemctl", "stop", "rolewalld")
        self.assertEqual(self.reached(), [network.IN])
        self.assertEqual(self.reached(network.UNKNOWN[0]), [])
        self.ctl("status", status=4)


if __name__ == "__main__":
    machine.main()
