# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGKILL under fire on kernels of all ages, with a real systemd that starts the daemon again.

What the kernel can do is OWNERSHIP in the environment.  persist: an owned table is left behind,
and the next life takes it over.  owner: it goes with its socket, so that with --fd-store systemd
keeps that and hands it on.  none: the table is anybody's, as it is without --fd-store.  In all,
what was allowed must not lose a packet and what was forbidden must not get one through, from before
the first kill to after the last restart.

It is run by stock.py alone, where systemd is PID 1 and has nothing else to do.

That each restart is over is not guessed: the unit writes a line into a pipe when the daemon has
said that it is ready.
"""

import os
import pathlib
import re
import select
import subprocess
import unittest

import flood
import hosts
import matrix

US, CLIENT, UNKNOWN = matrix.ADDRESSES["us"][0], "10.2.0.22", "10.99.0.1"
IN, CLOSED = 7000, 7002
RATE = 100  # a second: where each instruction is emulated, a packet is expensive
KILLS = 3
OWNED = os.environ.get("OWNERSHIP", "owner")
UNIT = "rolewall-keeping.service"
UNIT_PATH = pathlib.Path("/run/systemd/system") / UNIT
UNIT_TEXT = """
[Unit]
DefaultDependencies=no
StartLimitIntervalSec=0
[Service]
Type=notify
NetworkNamespacePath=/run/netns/{namespace}
ExecStart={program} --config-dir {config} --roles-dir {roles} {arguments}
ExecStartPost=/bin/sh -c 'echo up >{pipe}'
Environment=STATE_DIRECTORY={lab}/state RUNTIME_DIRECTORY={lab}/run
StandardError=append:{lab}/said
TimeoutSec={seconds}
Restart=always
FileDescriptorStoreMax=8
"""
CONFIG = f"""[host]
[management]
from = 10.0.9.0/24
[flow in]
port = {IN}
protocol = udp tcp
source = client
target = this-host
[peer client]
address = {CLIENT}
"""


def systemctl(*words):
    argv = ("systemctl", *words)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=hosts.RUN_SECONDS)
    if done.returncode:
        raise hosts.LabError(f"{argv}: status {done.returncode}\n{done.stderr}")
    return done.stdout


class Keeping(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(US)
        self.outside.address(CLIENT, UNKNOWN)
        self.us.serve(hosts.wildcards({("tcp", IN), ("tcp", CLOSED)}))
        self.config = self.lab.config()
        self.config.file("rolewall.conf", CONFIG)
        for name in ("state", "run"):
            (self.lab.directory / name).mkdir()
        self.pipe = self.lab.directory / "pipe"
        os.mkfifo(self.pipe)
        self.ups = os.open(self.pipe, os.O_RDWR)
        self.addCleanup(os.close, self.ups)

    def write_unit(self, arguments):
        text = UNIT_TEXT.format(
            namespace=self.us.namespace,
            program=hosts.setting("ROLEWALLD"),
            config=self.config.directory,
            roles=hosts.setting("SOURCE_DIR") / "conf" / "roles",
            arguments=arguments,
            lab=self.lab.directory,
            pipe=self.pipe,
            seconds=round(hosts.WAIT_SECONDS),
        )
        UNIT_PATH.parent.mkdir(parents=True, exist_ok=True)
        UNIT_PATH.write_text(text)
        systemctl("daemon-reload")

    def start(self, arguments):
        self.write_unit(arguments)
        self.addCleanup(UNIT_PATH.unlink)
        self.addCleanup(systemctl, "stop", UNIT)
        systemctl("start", UNIT)
        self.wait_up()

    def restart(self):
        try:
            systemctl("restart", UNIT)
        except hosts.LabError as failed:
            raise hosts.LabError(f"{failed}\n{self.said()}") from failed
        self.wait_up()

    def wait_up(self):
        """Until the unit has been started once more."""
        if not select.select([self.ups], [], [], hosts.WAIT_SECONDS)[0]:
            self.fail(f"the daemon is not started again\n{self.said()}")
        self.assertEqual(os.read(self.ups, 3), b"up\n")

    def said(self):
        return (self.lab.directory / "said").read_text()

    def kill(self):
        systemctl("kill", "--kill-who=main", "--signal=KILL", UNIT)
        self.wait_up()

    def streams(self):
        ends = (self.outside, self.us)
        for kind in ("new", "live"):
            yield flood.Stream(*ends, kind, CLIENT, US, IN, RATE, True)
            yield flood.Stream(*ends, kind, CLIENT, US, CLOSED, RATE, False)
            yield flood.Stream(*ends, kind, UNKNOWN, US, IN, RATE, False)

    def handles(self):
        """Of the objects; one that was made anew has another one."""
        listing = self.us.run("nft", "-a", "list", "table", "inet", "rolewall")
        return [line for line in listing.splitlines() if "# handle" in line and "\t\t" not in line]

    def assert_untouchable(self):
        done = self.us.run("nft", "delete", "table", "inet", "rolewall", check=False)
        self.assertIn("Operation not permitted", done.stderr)
        self.us.nft("flush ruleset")
        self.assertTrue(self.handles())

    def assert_survives_kills(self, way, *between):
        """Kills without a gap and without anything made anew; between is done after each."""
        hold = self.outside.hold(1, CLIENT, US, IN)
        self.assertEqual(hold.opened, ["held 1"])
        before = self.handles()
        with flood.Flood(self.streams()) as fire:
            for _ in range(KILLS):
                self.kill()
                for words in between:
                    systemctl(*words)
                    self.assertEqual(self.handles(), before, words)
        self.assertEqual(fire.faults(), [])
        self.assertGreater(fire.sent(True), KILLS)
        self.assertGreater(fire.sent(False), KILLS)
        self.assertTrue(hold.alive(1))
        self.assertEqual(self.handles(), before, "made anew")
        self.assertEqual(set(re.findall(r"ownership (\w+)", self.said())), {way})
        self.assertEqual(systemctl("show", "--property=NRestarts", UNIT), f"NRestarts={KILLS}\n")

    def test_without_a_firewall_everything_gets_through(self):
        with flood.Flood(self.streams()) as fire:
            self.assertEqual(self.outside.connect_one("tcp", UNKNOWN, US, CLOSED), "open")
        for stream, result in fire.results.items():
            self.assertEqual(result.received, result.sent, str(stream))

    @unittest.skipIf(OWNED == "none", "this kernel has tables without owners only")
    def test_a_table_whose_owner_is_kept_outlives_kills(self):
        self.start("--fd-store")
        self.assert_survives_kills(OWNED, ("daemon-reexec",))
        self.assert_untouchable()

    def test_a_table_that_is_anybodys_outlives_kills(self):
        self.start("--ownership none")
        self.assert_survives_kills("none")

    @unittest.skipIf(OWNED == "none", "this kernel has tables without owners only")
    def test_whoever_owns_the_table_next_nothing_forbidden_gets_through(self):
        """Stopped, the daemon gives up what it owns; started, it owns it again.  Each makes the
        table anew, which may lose what arrives at that very moment, and nothing more."""
        self.start("--ownership none")
        hold = self.outside.hold(1, CLIENT, US, IN)
        with flood.Flood(self.streams()) as fire:
            for arguments in ("--fd-store", "--fd-store", "--ownership none"):
                self.write_unit(arguments)
                self.restart()
                self.assertTrue(hold.alive(1), arguments)
        ways = ["none", OWNED, OWNED, "none"]
        self.assertEqual(re.findall(r"whole table was replaced.* ownership (\w+)", self.said())[:4], ways)
        for stream, result in fire.results.items():
            if stream.allowed:
                self.assertLess(result.lost, result.sent / 10, str(stream))
            else:
                self.assertEqual(result.received, 0, str(stream))


if __name__ == "__main__":
    hosts.main()
