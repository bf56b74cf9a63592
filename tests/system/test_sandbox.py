#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon may not do, and what it may: each directive of the unit is tried.

sandbox_probe.c tries things.  It takes the daemon's place in the unit, where everything that is
forbidden is refused and everything that is needed is not.  As most of it is forbidden twice
over there, it also runs in units of one directive each, with and without it: so each
directive is seen to bite by itself.  A directive for which there is no try fails the test.

The machine has some capabilities that a container usually lacks; without these, much would be
refused whatever the unit says.
"""

import dataclasses
import os
import pathlib
import re
import subprocess
import unittest

import machine
import network

import hosts

MOST_EXPOSED = "15"  # systemd-analyze security: 1.5
CAPABILITIES = "CAP_SYS_MODULE,CAP_SYSLOG,CAP_SYS_TIME,CAP_SYS_NICE"
PROBE = "/opt/sandbox_probe"


@dataclasses.dataclass(frozen=True)
class Try:
    """Of one directive: what it forbids, or (grants) what there is thanks to it.  With are the
    other properties without which there is nothing to see."""

    what: str
    beside: tuple = ()
    grants: bool = False


USER = ("User=rolewall",)
TRIES = {
    "User": [Try("be-root"), Try("read-shadow")],
    "Group": [Try("be-root-group")],
    "AmbientCapabilities": [Try("administer-network", USER, grants=True)],
    "CapabilityBoundingSet": [Try("change-root")],
    "NoNewPrivileges": [Try("become-more")],
    "RestrictSUIDSGID": [Try("leave-set-user-id")],
    "ProtectSystem": [Try("write-system")],
    "StateDirectory": [Try("write-state", (*USER, "ProtectSystem=strict"), grants=True)],
    "RuntimeDirectory": [Try("write-runtime", (*USER, "ProtectSystem=strict"), grants=True)],
    "UMask": [Try("write-for-others")],
    "ProtectHome": [Try("see-home")],
    "TemporaryFileSystem": [Try("see-temporary-files"), Try("write-temporary-files")],
    "DevicePolicy": [Try("make-device")],
    "ProtectProc": [Try("see-processes", USER)],
    "PrivateMounts": [Try("share-mounts")],
    "PrivateIPC": [Try("share-memory")],
    "RestrictAddressFamilies": [Try("internet"), Try("packet-socket")],
    "ProtectKernelTunables": [Try("kernel-setting")],
    "ProtectKernelModules": [Try("load-module")],
    "ProtectKernelLogs": [Try("kernel-log")],
    "ProtectControlGroups": [Try("control-groups")],
    "ProtectClock": [Try("clock-adjustment")],
    "ProtectHostname": [Try("host-name")],
    "RestrictNamespaces": [Try("make-namespace")],
    "RestrictRealtime": [Try("real-time")],
    "LockPersonality": [Try("other-personality")],
    "MemoryDenyWriteExecute": [Try("write-and-run")],
    "SystemCallArchitectures": [Try("other-architecture")],
    "SystemCallFilter": [Try("fork", ("SystemCallErrorNumber=EPERM",))],
}
# What these say is held by other tests here, or says how another one does what it does.
HOW = {
    "StateDirectoryMode",
    "RuntimeDirectoryMode",
    "RuntimeDirectoryPreserve",
    "SystemCallErrorNumber",
}
NEEDED = (
    *("read-configuration", "read-resolvers", "write-state", "write-runtime"),
    *("read-null", "local-socket", "netlink-routes", "administer-network"),
)


def prepare_prey(made):
    """What the probe looks for, and the probe."""
    for path in ("home", "tmp", "var/tmp"):
        made.run("touch", f"/{path}/probe")
    program = made.root / PROBE[1:]
    program.write_bytes(pathlib.Path(os.environ["SANDBOX_PROBE"]).read_bytes())
    program.chmod(0o755)
    for namespace in ("mnt", "ipc"):
        outside = made.run("readlink", f"/proc/1/ns/{namespace}").strip()
        made.run("ln", "-s", outside, f"/run/probe-ns-{namespace}")
    # the container's /proc/sys is read-only for everybody
    made.run("mount", "-o", "remount,bind,rw", "/proc/sys")
    made.run("touch", "/etc/resolv.conf")
    # as systemd-resolved makes it, whether it is there or not
    resolve = "/run/systemd/resolve"
    made.run("install", "-d", "-m", "0755", resolve)
    made.run("install", "-m", "0644", "/dev/null", f"{resolve}/resolv.conf")


def results(text):
    """{what: "done" or "refused"} of the probe's lines."""
    return dict(re.findall(r"(?m)^([a-z0-9-]+) (done|refused)", text))


class Sandbox(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(hosts.Lab())
        cls.us = cls.lab.host("us")
        cls.machine = machine.Machine(cls.lab)
        cls.machine.boot(cls.us, f"--capability={CAPABILITIES}")
        cls.machine.install()
        cls.machine.config.file("rolewall.conf", network.CONFIG)
        cls.unit = cls.machine.run("systemctl", "cat", "rolewalld")
        cls.directives = cls.sandbox_of(cls.unit)
        prepare_prey(cls.machine)

    @staticmethod
    def sandbox_of(unit):
        """{directive: [value, ...]} of the part of the unit that says so."""
        found = {}
        part = unit.partition("\n# Sandbox\n")[2].partition("\n[Install]\n")[0]
        for key, value in re.findall(r"(?m)^(\w+)=(.*)$", part):
            found.setdefault(key, []).append(value)
        return found

    def alone(self, tries, properties):
        """The results in a unit that has nothing but these properties."""
        argv = ["systemd-run", "--quiet", "--wait", "--pipe", "--collect"]
        argv += [f"--property={p}" for p in properties]
        return results(self.machine.run(*argv, PROBE, *(t.what for t in tries)))

    def lacks_32_bits(self):
        """A kernel without calls of 32 bits refuses them in any unit and in none."""
        return results(self.machine.run(PROBE, "other-architecture")) == {
            "other-architecture": "refused"
        }

    def test_each_directive_bites(self):
        # the strictest policy lets nobody open /dev/null
        strict = self.alone([Try("read-null")], ["DevicePolicy=strict"])
        for directive, tries in TRIES.items():
            if directive == "DevicePolicy" and strict["read-null"] == "done":
                print("this kernel does not enforce DevicePolicy=")
                continue
            if directive == "SystemCallArchitectures" and self.lacks_32_bits():
                with self.subTest(directive=directive):
                    self.skipTest("this kernel has no 32-bit emulation")
                continue
            self.assertIn(directive, self.directives)
            values = [f"{directive}={v}" for v in self.directives[directive]]
            for t in tries:
                with self.subTest(directive=directive, what=t.what):
                    before = "refused" if t.grants else "done"
                    after = "done" if t.grants else "refused"
                    self.assertEqual(self.alone([t], t.beside), {t.what: before}, "without it")
                    self.assertEqual(self.alone([t], [*t.beside, *values]), {t.what: after})

    def test_there_is_a_try_for_each_directive(self):
        self.assertEqual(set(self.directives), set(TRIES) | HOW)

    def test_each_directive_is_explained(self):
        block = r"\n\n(?=#)|\n\n(?=\[)"
        for part in re.split(block, self.unit.partition("[Unit]\n")[2]):
            if re.search(r"(?m)^\w+=", part):
                self.assertRegex(part, r"(?m)^# |^Description", part)

    def in_its_place(self, names):
        """The results of the probe where the daemon would run."""
        command = f"[Service]\nType=oneshot\nRestart=no\nExecStart=\nExecStart={PROBE} {names}\n"
        self.machine.drop_in(command)
        self.addCleanup(self.machine.drop_in, "")
        mark = self.machine.mark()
        self.machine.run("systemctl", "start", "rolewalld")
        return results(self.machine.said(mark))

    def test_in_the_unit_all_is_refused_that_is_not_needed(self):
        forbidden = {t.what: "refused" for ts in TRIES.values() for t in ts if not t.grants}
        self.assertEqual(self.in_its_place(" ".join(forbidden)), forbidden)

    def test_in_the_unit_the_daemon_has_what_it_needs(self):
        wanted = dict.fromkeys(NEEDED, "done")
        self.assertEqual(self.in_its_place(" ".join(wanted)), wanted)

    def test_the_exposure_is_low(self):
        analyze = ["systemd-analyze", "security", "--no-pager", "--offline=true"]
        analyze += [f"--threshold={MOST_EXPOSED}"]
        done = self.machine.run(*analyze, "rolewalld.service", check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        shown = subprocess.run(
            [*analyze, hosts.setting("SOURCE_DIR") / "systemd/rolewalld.service"],
            capture_output=True,
            check=False,
        )
        self.assertEqual(shown.returncode, 0)

    def test_the_daemon_works_in_it(self):
        """And has exactly one capability."""
        self.machine.run("systemctl", "start", "rolewalld")
        status = self.machine.run("cat", f"/proc/{self.machine.main_pid()}/status")
        for kind in ("Prm", "Eff", "Bnd", "Amb"):
            self.assertRegex(status, rf"(?m)^Cap{kind}:\s+0000000000001000$")
        self.assertRegex(status, r"(?m)^NoNewPrivs:\s+1$")
        self.assertRegex(status, r"(?m)^Seccomp:\s+2$")
        self.assertIsNotNone(self.us.list_table("inet", "rolewall"))
        self.machine.config.file("rolewall.conf", network.CONFIG.replace("10.0.9.0", "10.0.8.0"))
        self.machine.run("systemctl", "reload", "rolewalld")
        self.assertIn("10.0.8.0/24", self.us.list_table("inet", "rolewall"))
        # it sees the host's addresses, and the settings of its network namespace
        allow = network.CONFIG.replace("[host]\n", "[host]\noutbound = allow\n")
        self.machine.config.file("rolewall.conf", allow)
        self.machine.run("systemctl", "reload", "rolewalld")
        table = self.us.list_table("inet", "rolewall")
        own, local = (table.partition(f"set {s}")[2].partition("}")[0] for s in ("own-", "local-"))
        self.assertIn("127.0.0.1", own)
        self.assertIn("20000-31999", local)
        self.machine.run("rolewallctl", "status")
        self.machine.run("systemctl", "stop", "rolewalld")
        self.assertEqual(self.machine.show("Result"), "success")


if __name__ == "__main__":
    machine.main()
