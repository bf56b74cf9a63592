#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a daemon starts with: what is on the disk, what was saved, and what of it is damaged.

A host that was once protected is never open again.  Reboots are played by deleting the table
between two daemons; what a real one is like is a matter of tests/system.
"""

import json
import os
import signal
import unittest

import hosts

WEB, ADMIN, OLD, SSH = 80, 81, 82, 22
CLIENT, ADMINISTRATOR, UNKNOWN, US = "10.2.0.2", "10.9.0.2", "10.3.0.2", "10.20.0.1"

HOST = f"""[host]
[management]
from = {ADMINISTRATOR}
[flow web]
port = %(port)s
protocol = tcp
source = client
target = this-host
[peer client]
%(client)s
"""


class Start(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(US)
        self.outside.address(CLIENT, ADMINISTRATOR, UNKNOWN)
        self.us.serve(hosts.wildcards({("tcp", p) for p in (WEB, ADMIN, OLD, SSH)}))
        self.config = self.lab.config()
        self.state = self.lab.directory / "state"
        self.write()

    def write(self, port=WEB, client=f"address = {CLIENT}"):
        self.config.file("rolewall.conf", HOST % {"port": port, "client": client})

    def break_configuration(self):
        text = (self.config.directory / "rolewall.conf").read_text()
        self.config.file("rolewall.conf", text + "[flow broken]\nprot = 80\n")

    def start(self, **options):
        return self.us.daemon(self.config, state=self.state, **options)

    def reboot(self, daemon):
        self.assertEqual(daemon.stop(), 0)
        self.us.nft("delete table inet rolewall")

    def reached(self, source=CLIENT):
        """The ports that can be reached."""
        ports = (WEB, ADMIN, OLD, SSH)
        found = self.outside.connect([("tcp", source, US, p) for p in ports], 200)
        return [p for p, result in zip(ports, found.values(), strict=True) if result == "open"]

    def assert_as_before(self):
        self.assertEqual(self.reached(), [WEB])
        self.assertEqual(self.reached(ADMINISTRATOR), [SSH])
        self.assertEqual(self.reached(UNKNOWN), [])

    def assert_closed(self):
        self.assertEqual(self.reached(), [])
        self.assertEqual(self.reached(ADMINISTRATOR), [SSH])

    def damage(self, name, size=200):
        os.truncate(self.state / name, size)

    def test_a_broken_configuration_boots_the_last_good_one(self):
        self.reboot(self.start())
        self.break_configuration()
        daemon = self.start()
        self.assert_as_before()
        self.assertIn("last good configuration", daemon.stderr())
        self.assertIn("rolewall.conf:12:1: error", daemon.stderr())
        # and it is what boots after that too
        self.reboot(daemon)
        daemon = self.start()
        self.assert_as_before()
        # until what is on the disk is good again
        self.write(ADMIN)
        daemon.reload()
        self.assertEqual(self.reached(), [ADMIN])
        self.reboot(daemon)
        self.break_configuration()
        self.start()
        self.assertEqual(self.reached(), [ADMIN])

    def test_a_missing_configuration_boots_the_last_good_one(self):
        self.reboot(self.start())
        (self.config.directory / "rolewall.conf").unlink()
        self.start()
        self.assert_as_before()

    def test_a_missing_list_boots_the_last_good_one(self):
        self.write(client="file = client.list")
        self.config.file("client.list", f"{CLIENT}\n")
        self.reboot(self.start())
        (self.config.directory / "client.list").unlink()
        daemon = self.start()
        self.assert_as_before()
        # it is taken up when it comes back
        self.config.file("client.list", f"{UNKNOWN}\n")
        daemon.reload()
        self.assertEqual(self.reached(UNKNOWN), [WEB])

    def test_files_may_be_called_whatever_the_file_system_allows(self):
        names = ("10-a\nfile 0 0 0 b", '20-"\x1b\t\\ \udcff\udcfe', "30-\udcc3", "40- ", "ä\n")
        for name in names:
            flow = f"[flow odd-{names.index(name)}]\nport = {OLD}\nprotocol = tcp\n"
            text = f"{flow}source = client\ntarget = this-host\n"
            self.config.file(f"rolewall.conf.d/{name}.conf", text)
        daemon = self.start()
        self.assertEqual(self.reached(), [WEB, OLD])
        roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
        here = ("--config-dir", self.config.directory, "--roles-dir", roles)
        ctl = (hosts.setting("ROLEWALLCTL"), "--runtime-dir", daemon.runtime, *here)
        # read as strict UTF-8, which the arguments of a test are not
        json.loads(self.us.run(*ctl, "show", "--format=json"))
        table = json.loads(self.us.nft_json("ruleset"))
        self.assertIn("/20-??", str(table))  # in the comment of a rule
        odd = self.config.directory / f"rolewall.conf.d/{names[1]}.conf"
        odd.write_text(odd.read_text().replace(str(OLD), "83"))
        json.loads(self.us.run(*ctl, "diff", "--json", check=False).stdout)
        odd.write_text("[flow odd]\nprot = 83\n")
        daemon.reload()  # refused, for a reason that names the file
        status = self.us.run(*ctl, "status", "--json", check=False)
        self.assertIn("prot", str(json.loads(status.stdout)))
        self.reboot(daemon)
        daemon = self.start()
        self.assertNotIn("damaged", daemon.stderr())
        self.assertEqual(self.reached(), [WEB, OLD])

    def test_what_a_list_became_is_saved(self):
        self.write(client="file = client.list")
        self.config.file("client.list", f"{CLIENT}\n")
        daemon = self.start()
        heard = len(daemon.stderr())
        self.config.file("client.list", f"{UNKNOWN}\n")
        daemon.said(heard, "a list has changed")
        self.reboot(daemon)
        self.break_configuration()
        self.start()
        self.assertEqual(self.reached(UNKNOWN), [WEB])
        self.assertEqual(self.reached(CLIENT), [])

    def test_a_changed_configuration_that_is_good_boots(self):
        self.reboot(self.start())
        self.write(ADMIN)
        self.start()
        self.assertEqual(self.reached(), [ADMIN])

    def test_damaged_state_is_told_and_a_good_configuration_boots(self):
        self.reboot(self.start())
        self.damage("confirmed")
        daemon = self.start()
        self.assertIn("confirmed is damaged: its checksum is wrong", daemon.stderr())
        self.assert_as_before()

    def test_the_one_before_it_stands_in_for_a_damaged_one(self):
        daemon = self.start()
        self.write(ADMIN)
        daemon.reload()
        self.reboot(daemon)
        self.damage("confirmed")
        self.break_configuration()
        daemon = self.start()
        self.assertIn("confirmed before it is used", daemon.stderr())
        self.assert_as_before()
        # and is written in its place
        self.reboot(daemon)
        daemon = self.start()
        self.assertNotIn("damaged", daemon.stderr())
        self.assert_as_before()

    def test_nothing_good_is_left_and_only_management_gets_in(self):
        self.reboot(self.start())
        self.damage("confirmed", 0)
        self.break_configuration()
        daemon = self.start()
        self.assertIn("only management is let in", daemon.stderr())
        self.assert_closed()
        # what is in the kernel then stays, whatever is lost
        self.assertEqual(daemon.stop(), 0)
        (self.config.directory / "rolewall.conf").unlink()
        daemon = self.start()
        self.assertIn("stay in force", daemon.stderr())
        self.assert_closed()
        # a good configuration ends it
        self.write()
        daemon.reload()
        self.assert_as_before()

    def close(self, management):
        """A start for which nothing good is left."""
        text = HOST.replace(f"from = {ADMINISTRATOR}", management)
        self.config.file("rolewall.conf", text % {"port": WEB, "client": f"address = {CLIENT}"})
        self.reboot(self.start())
        self.damage("confirmed", 0)
        self.break_configuration()
        return self.start()

    def problems(self, daemon):
        status = daemon.ask("status", "--json")
        self.assertEqual(status.returncode, 3)
        return " ".join(json.loads(status.stdout)["problems"])

    def test_closed_it_lets_management_in_by_an_interface_that_comes_up_later(self):
        self.us.ip(f"address del {US}/32 dev eth0")
        daemon = self.close("interface = eth0")
        self.assertIn("nobody is let in", self.problems(daemon))
        heard = len(daemon.stderr())
        self.us.ip(f"address add {US}/8 dev eth0")
        daemon.said(heard, "only management is let in, from 10.0.0.0/8")
        self.assertIn("is let in, from 10.0.0.0/8", self.problems(daemon))
        self.assertEqual(self.reached(), [SSH])

    def test_closed_it_lets_management_in_by_the_gateway(self):
        self.us.ip(f"route add {ADMINISTRATOR}/32 dev eth0")
        self.us.ip(f"route add default via {ADMINISTRATOR} dev eth0")
        daemon = self.close("gateway = yes")
        self.assertIn(f"is let in, from {ADMINISTRATOR}", self.problems(daemon))
        self.assert_closed()

    def test_a_second_daemon_touches_nothing(self):
        daemon = self.start()
        self.write(ADMIN)
        self.assertEqual(daemon.ask("reload", "--confirm=600").returncode, 0)
        before = sorted(p.name for p in self.state.iterdir())
        second = self.us.start_daemon(self.config, state=self.state)
        self.assertEqual(second.outcome(), os.EX_OSERR)
        self.assertIn("another rolewalld", second.stderr())
        self.assertEqual(sorted(p.name for p in self.state.iterdir()), before)
        daemon.signal(signal.SIGKILL)
        daemon.wait()
        daemon = self.start()
        self.assertIn("the trial goes on", daemon.stderr())
        self.assertEqual(self.reached(), [ADMIN])

    def test_what_does_not_protect_does_not_stay(self):
        """The rest of a table that somebody has damaged is not better than management only."""
        for damage in (
            "flush chain inet rolewall input; delete chain inet rolewall input",
            "add chain inet rolewall output { policy accept; }",
            "add table inet rolewall { flags dormant; }",
        ):
            with self.subTest(damage):
                self.write()
                self.assertEqual(self.start(arguments=("--ownership", "none")).stop(), 0)
                self.us.nft(damage)
                for name in ("confirmed", "confirmed.old"):
                    if (self.state / name).exists():
                        self.damage(name, 0)
                self.break_configuration()
                daemon = self.start(arguments=("--ownership", "none"))
                self.assertIn("only management is let in", daemon.stderr())
                self.assert_closed()
                self.reboot(daemon)

    def test_not_even_management_can_be_read(self):
        self.reboot(self.start())
        self.damage("confirmed", 0)
        self.config.file("rolewall.conf", "\0\0\0\n")
        self.start()
        self.assertEqual(self.reached() + self.reached(ADMINISTRATOR), [])

    def test_a_host_that_was_never_protected_is_left_alone(self):
        self.break_configuration()
        daemon = self.us.start_daemon(self.config, state=self.state)
        self.assertEqual(daemon.outcome(), os.EX_CONFIG)
        self.assertIn("rolewallctl check", daemon.stderr())
        self.assertIsNone(self.us.list_table("inet", "rolewall"))

    def test_what_cannot_be_saved_protects_all_the_same(self):
        self.state.mkdir()
        read_only = f'mount --bind {self.state} {self.state} && mount -o remount,bind,ro '
        read_only += f'{self.state} && exec "$@"'
        daemon = self.start(wrap=("unshare", "--mount", "sh", "-c", read_only, "sh"))
        self.assertIn("cannot save the configuration in force", daemon.stderr())
        self.assert_as_before()
        self.write(ADMIN)
        daemon.reload()
        self.assertEqual(self.reached(), [ADMIN])

    def test_other_files_are_taken_over_without_a_gap(self):
        """The table of an earlier life is what was saved; so the start is an update."""
        self.write(client=f"address = {CLIENT}, 10.2.0.16/28")
        self.assertEqual(self.start().stop(), 0)
        hold = self.outside.hold(1, CLIENT, US, WEB, 500)
        before = self.us.run("nft", "-a", "list", "chain", "inet", "rolewall", "in-web")
        self.write(client=f"address = {CLIENT}, 10.2.0.16/28, 10.2.0.64/28")
        self.start()
        self.assertTrue(hold.alive(1))
        after = self.us.run("nft", "-a", "list", "chain", "inet", "rolewall", "in-web")
        self.assertEqual(before, after)  # it was never made anew


if __name__ == "__main__":
    hosts.main()
