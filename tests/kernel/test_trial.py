#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reloads on trial, and reloads that would cut off who asks for them.

A machine that boots again is played by another boot id and a table that is gone.
"""

import contextlib
import errno
import json
import select
import signal
import socket
import struct
import subprocess
import time
import unittest

import hosts

WEB, NEW, NEWER, SSH, SESSION = 80, 81, 82, 22, 88
CLIENT, ADMINISTRATOR, US = "10.2.0.2", "10.9.0.2", "10.20.0.1"

ON_TRIAL = "chain trial-answers"

HOST = """[host]
[management]
from = %(management)s
[flow web]
port = %(port)s
protocol = tcp
source = client
target = this-host
[peer client]
address = 10.2.0.2
"""


class TrialCase(unittest.TestCase):
    has_list = False  # of the client's addresses

    def setUp(self):
        self.lab = self.enterContext(hosts.Lab())
        self.us, self.outside = self.lab.host("us"), self.lab.host("outside")
        self.lab.wire(self.us, self.outside)
        self.us.address(US)
        self.outside.address(CLIENT, ADMINISTRATOR)
        self.us.serve(hosts.wildcards({("tcp", p) for p in (WEB, NEW, NEWER, SSH)}))
        self.config = self.lab.config()
        self.state = self.lab.directory / "state"
        self.boot_id = self.lab.directory / "boot_id"
        self.boot("1")
        self.write()
        self.start()

    def boot(self, digit):
        self.boot_id.write_text(f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}\n")

    def write(self, port=WEB, management=ADMINISTRATOR):
        text = HOST % {"port": port, "management": management}
        if self.has_list:
            text += "file = clients\n"
        self.config.file("rolewall.conf", text)

    def start(self):
        mount = f'mount --bind {self.boot_id} /proc/sys/kernel/random/boot_id && exec "$@"'
        wrap = ("unshare", "--mount", "sh", "-c", mount, "sh")
        self.daemon = self.us.daemon(self.config, state=self.state, wrap=wrap)

    def kill(self):
        self.daemon.signal(signal.SIGKILL)
        self.daemon.wait()

    def ctl(self, *arguments, status=0, session=None):
        """rolewallctl; what it printed."""
        environment = [f"SSH_CONNECTION={session}"] if session else ["-u", "SSH_CONNECTION"]
        done = self.us.run(
            *("env", *environment, hosts.setting("ROLEWALLCTL")),
            *("--runtime-dir", self.daemon.runtime, *arguments),
            check=False,
        )
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def status(self, status=0):
        return json.loads(self.ctl("status", "--json", status=status))

    def reached(self, source=CLIENT):
        ports = (WEB, NEW, NEWER, SSH)
        found = self.outside.connect([("tcp", source, US, p) for p in ports], 200)
        return [p for p, result in zip(ports, found.values(), strict=True) if result == "open"]

    def try_new(self, seconds=60, port=NEW):
        self.write(port)
        said = self.ctl("reload", f"--confirm={seconds}")
        self.assertIn("rolewallctl confirm", said)
        self.assertEqual(self.reached(), [port])


class Trial(TrialCase):
    def test_what_is_confirmed_stays(self):
        self.try_new()
        self.assertLessEqual(self.status()["trial-seconds-left"], 60)
        self.ctl("confirm")
        self.assertNotIn("trial-seconds-left", self.status())
        self.assertEqual(self.reached(), [NEW])
        self.ctl("confirm", status=1)
        self.ctl("rollback", status=1)
        self.kill()
        self.start()
        self.assertEqual(self.reached(), [NEW])

    def test_what_is_not_confirmed_in_time_is_undone(self):
        heard = len(self.daemon.stderr())
        self.try_new(1)
        hold = self.outside.hold(1, CLIENT, US, NEW, 500)
        self.daemon.said(heard, "not confirmed in time")
        self.assertEqual(self.reached(), [WEB])
        self.assertFalse(hold.alive(1))
        status = self.status(3)
        self.assertEqual(status["state"], "degraded")
        self.assertIn("not confirmed", " ".join(status["problems"]))
        # it lies on the disk still, and is not what starts, until somebody says so
        self.kill()
        self.start()
        self.assertEqual(self.reached(), [WEB])
        self.status(3)
        self.ctl("reload")
        self.assertEqual(self.reached(), [NEW])
        self.assertEqual(self.status()["state"], "healthy")

    def test_another_edit_after_a_rejected_one_starts(self):
        self.try_new()
        self.ctl("rollback")
        self.assertEqual(self.reached(), [WEB])
        self.write(NEWER)
        self.kill()
        self.start()
        self.assertEqual(self.reached(), [NEWER])

    def test_rolled_back_at_once(self):
        self.try_new()
        self.ctl("rollback")
        self.assertEqual(self.reached(), [WEB])

    def test_a_trial_within_a_trial_returns_to_what_was_confirmed(self):
        self.try_new()
        self.try_new(port=NEWER)
        self.ctl("rollback")
        self.assertEqual(self.reached(), [WEB])

    def test_a_refused_trial_leaves_the_one_that_runs(self):
        self.try_new()
        (self.config.directory / "rolewall.conf").write_text("[hots]\n")
        said = self.ctl("reload", "--confirm", status=1)
        self.assertIn("rolewall.conf:1:1: error: ", said)
        self.assertEqual(self.reached(), [NEW])
        self.kill()
        self.start()
        self.assertEqual(self.reached(), [NEW])
        self.ctl("rollback")
        self.assertEqual(self.reached(), [WEB])

    def test_a_reload_for_good_is_refused_while_it_lasts(self):
        self.try_new()
        self.write(NEWER)
        said = self.ctl("reload", status=1)
        for verb in ("confirm", "rollback", "reload --confirm"):
            self.assertIn(f"`rolewallctl {verb}`", said)
        self.assertEqual(self.reached(), [NEW])
        self.assertIn("on trial", self.ctl("reload", "--force", status=1))
        self.assertIn("trial-seconds-left", self.status())
        self.ctl("rollback")
        self.assertEqual(self.reached(), [WEB])
        self.ctl("reload")
        self.assertEqual(self.reached(), [NEWER])

    def test_so_is_one_by_a_signal(self):
        self.try_new()
        heard = len(self.daemon.stderr())
        self.write(NEWER)
        self.daemon.signal(signal.SIGHUP)
        self.daemon.said(heard, "nothing was changed: another configuration is on trial")
        self.assertEqual(self.reached(), [NEW])
        self.ctl("rollback")
        self.assertEqual(self.reached(), [WEB])

    def test_another_trial_replaces_it_and_expires_to_what_was_confirmed(self):
        self.try_new()
        heard = len(self.daemon.stderr())
        self.try_new(1, port=NEWER)
        self.daemon.said(heard, "not confirmed in time")
        self.assertEqual(self.reached(), [WEB])

    def test_what_is_confirmed_already_is_not_on_trial(self):
        said = self.ctl("reload", "--confirm=1")
        self.assertIn("nothing is on trial", said)
        self.assertNotIn("trial-seconds-left", self.status())
        self.ctl("confirm", status=1)
        self.kill()
        self.start()
        self.assertEqual(self.status()["state"], "healthy")
        self.assertEqual(self.reached(), [WEB])

    def test_trying_what_was_confirmed_ends_the_trial(self):
        self.try_new()
        self.write(WEB)
        self.assertIn("the trial is over", self.ctl("reload", "--confirm"))
        self.assertEqual(self.reached(), [WEB])
        self.assertEqual(self.status()["state"], "healthy")
        self.ctl("confirm", status=1)

    def test_the_trial_survives_the_daemon_and_its_clock_goes_on(self):
        self.try_new()
        self.kill()
        self.start()
        self.assertEqual(self.reached(), [NEW])
        self.assertLessEqual(self.status()["trial-seconds-left"], 60)
        self.ctl("confirm")
        self.kill()
        self.start()
        self.assertEqual(self.reached(), [NEW])

    def test_a_trial_that_survived_is_undone_in_time(self):
        self.try_new(2)
        self.kill()
        self.start()
        self.daemon.said(0, "not confirmed in time")
        self.assertEqual(self.reached(), [WEB])

    def test_a_trial_whose_time_is_up_at_the_start_is_undone(self):
        self.try_new(1)
        up = time.clock_gettime(time.CLOCK_BOOTTIME) + 1
        self.kill()
        self.assertEqual(self.reached(), [NEW])
        while time.clock_gettime(time.CLOCK_BOOTTIME) < up:  # nothing else tells of it
            select.select([], [], [], 0.05)
        self.start()
        self.assertEqual(self.reached(), [WEB])

    def test_what_boots_is_what_was_confirmed(self):
        self.try_new()
        self.kill()
        self.us.nft("delete table inet rolewall")
        self.boot("2")
        self.start()
        self.assertEqual(self.reached(), [WEB])
        self.assertIn("not confirmed", " ".join(self.status(3)["problems"]))

    def test_a_trial_that_was_damaged_is_not_what_boots(self):
        self.try_new()
        self.kill()
        with open(self.state / "trial", "r+b") as f:
            f.truncate(100)
        self.start()
        self.assertIn("trial is damaged", self.daemon.stderr())
        self.assertEqual(self.reached(), [WEB])


class FullDisk(TrialCase):
    """What cannot be saved is told, and saved when there is room."""

    def setUp(self):
        super().setUp()
        self.assertEqual(self.daemon.stop(), 0)
        mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "state", self.state]
        subprocess.run(mount, check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", self.state], check=True)
        self.state.chmod(0o777)
        self.start()

    def fill(self):
        with contextlib.suppress(OSError), open(self.state / "filler", "wb", buffering=0) as f:
            while True:
                f.write(bytes(4096))

    def make_room(self):
        (self.state / "filler").unlink()

    def test_a_reload_is_in_force_and_says_that_it_is_not_saved(self):
        heard = len(self.daemon.stderr())
        self.fill()
        self.write(NEW)
        said = self.ctl("reload", status=1)
        self.assertIn("in force, but not saved", said)
        self.assertIn("No space left on device", said)
        self.assertEqual(self.reached(), [NEW])
        self.assertIn("cannot save", " ".join(self.status(3)["problems"]))
        self.make_room()
        self.daemon.said(heard, "resolved: cannot save")
        self.status()
        self.kill()
        (self.config.directory / "rolewall.conf").write_text("[hots]\n")
        self.start()
        self.assertEqual(self.reached(), [NEW])

    def test_nothing_is_confirmed_and_the_trial_goes_on(self):
        self.try_new()
        self.fill()
        said = self.ctl("confirm", status=1)
        self.assertIn("it is not confirmed", said)
        self.assertIn("trial-seconds-left", self.status())
        self.make_room()
        self.ctl("confirm")
        self.kill()
        self.start()
        self.assertEqual(self.reached(), [NEW])
        self.assertEqual(self.status()["state"], "healthy")

    def test_a_trial_that_cannot_be_written_down_does_not_begin(self):
        self.fill()
        self.write(NEW)
        self.assertIn("nothing was changed", self.ctl("reload", "--confirm", status=1))
        self.assertEqual(self.reached(), [WEB])


class Flush(TrialCase):
    EVERYTHING = [WEB, NEW, NEWER, SSH]

    def flush(self):
        self.ctl("flush", "--yes-open-this-host")
        self.assertEqual(self.reached(), self.EVERYTHING)

    def test_a_flush_ends_the_trial(self):
        heard = len(self.daemon.stderr())
        self.try_new(1)
        up = time.clock_gettime(time.CLOCK_BOOTTIME) + 1
        self.flush()
        self.assertNotIn("trial-seconds-left", self.status(3))
        self.daemon.said(heard, "the trial is over")
        while time.clock_gettime(time.CLOCK_BOOTTIME) < up:  # nothing may happen then
            select.select([], [], [], 0.05)
        for verb in ("confirm", "rollback"):
            self.assertIn("there is no trial", self.ctl(verb, status=1))
        self.assertEqual(self.reached(), self.EVERYTHING)
        self.assertNotIn("not confirmed in time", self.daemon.stderr())
        self.assertEqual(self.status(3)["state"], "open")
        self.ctl("reload")
        self.assertEqual(self.reached(), [NEW])
        self.assertEqual(self.status()["state"], "healthy")

    def test_a_start_after_it_brings_what_was_confirmed(self):
        self.try_new()
        self.flush()
        self.kill()
        self.start()
        self.assertEqual(self.reached(), [WEB])
        self.assertIn("not confirmed", " ".join(self.status(3)["problems"]))


class Sessions(TrialCase):
    """A session that the new rules refuse, while both of its ends go on sending."""

    def setUp(self):
        super().setUp()
        self.write(f"{WEB} {SESSION}")
        self.ctl("reload")
        with self.us.inside():
            listener = socket.create_server((US, SESSION))
        with self.outside.inside():
            self.theirs = socket.socket()
        self.theirs.bind((CLIENT, 0))
        self.theirs.settimeout(hosts.WAIT_SECONDS)
        self.theirs.connect((US, SESSION))
        self.ours, _ = listener.accept()
        self.ours.settimeout(hosts.WAIT_SECONDS)
        listener.close()
        self.addCleanup(self.ours.close)
        self.addCleanup(self.theirs.close)
        self.sent = {self.ours: b"", self.theirs: b""}
        self.received = {self.ours: b"", self.theirs: b""}
        self.say(b"before the trial\n")
        self.assert_all_arrived()

    def say(self, text):
        for end in (self.ours, self.theirs):
            end.sendall(text)
            self.sent[end] += text

    def assert_all_arrived(self):
        for sender, receiver in ((self.ours, self.theirs), (self.theirs, self.ours)):
            while len(self.received[receiver]) < len(self.sent[sender]):
                data = receiver.recv(65536)
                self.assertNotEqual(data, b"", "ended before all had arrived")
                self.received[receiver] += data
            self.assertEqual(self.received[receiver], self.sent[sender])

    def assert_stalled(self):
        """Nothing comes through in the time in which each end has tried again."""
        self.say(b"while it lasts\n" * 100)
        for end in (self.ours, self.theirs):
            before = self.tries(end)
            deadline = time.monotonic() + hosts.WAIT_SECONDS
            while self.tries(end) == before:
                self.assertLess(time.monotonic(), deadline, "does not try again")
                readable, _, _ = select.select([self.ours, self.theirs], [], [], 0.02)
                self.assertEqual(readable, [], "was answered, or got through")

    def assert_ended(self):
        for end in (self.ours, self.theirs):
            with self.assertRaises(OSError) as raised:
                while end.recv(65536):
                    pass
            self.assertIn(raised.exception.errno, (errno.ECONNRESET, errno.EHOSTUNREACH))

    @staticmethod
    def tries(end):
        """tcpi_probes and tcpi_total_retrans: a segment that our own firewall drops on its way out
        was never sent, and is probed for."""
        info = end.getsockopt(socket.SOL_TCP, socket.TCP_INFO, 104)
        return info[3], struct.unpack_from("I", info, 100)[0]

    def lock_out(self, seconds=60):
        """The client is one that we know still, but not at this port."""
        self.write(NEW)
        self.ctl("reload", f"--confirm={seconds}")

    def test_a_session_goes_on_with_all_its_bytes_when_the_trial_is_undone(self):
        self.lock_out()
        self.assert_stalled()
        self.ctl("rollback")
        self.assert_all_arrived()
        self.say(b"after it\n")
        self.assert_all_arrived()

    def test_it_goes_on_when_the_time_is_up(self):
        heard = len(self.daemon.stderr())
        self.lock_out(3)
        self.assert_stalled()
        self.daemon.said(heard, "not confirmed in time")
        self.assert_all_arrived()

    def test_it_ends_when_the_trial_is_confirmed(self):
        self.lock_out()
        self.assert_stalled()
        self.ctl("confirm")
        self.assert_ended()

    def test_it_goes_on_though_the_daemon_is_killed_meanwhile(self):
        self.lock_out()
        self.kill()
        self.start()
        self.assert_stalled()
        self.ctl("rollback")
        self.assert_all_arrived()

    def test_it_goes_on_though_a_list_changes_meanwhile(self):
        """The policy is made again then, and is on trial all the same."""
        heard = len(self.daemon.stderr())
        self.has_list = True
        self.config.file("clients", f"{CLIENT}\n")
        self.lock_out()
        self.config.file("clients", f"{CLIENT}\n10.2.0.9\n")
        self.daemon.said(heard, "a list has changed")
        self.assert_stalled()
        self.ctl("rollback")
        self.assert_all_arrived()

    def test_one_that_the_tracker_has_forgotten_is_not_answered_either(self):
        """It looks new to the tracker then, but does not begin with a SYN."""
        self.lock_out()
        self.us.forget_connections()
        self.assert_stalled()

    def test_what_opens_a_connection_is_answered_all_the_same(self):
        self.lock_out()
        for protocol, answer in (("tcp", "reset"), ("udp", "unreachable")):
            self.assertEqual(self.outside.connect_one(protocol, CLIENT, US, WEB), answer)

    def test_diff_on_trial_is_about_what_is_tried_next(self):
        self.lock_out()
        self.assertIn(ON_TRIAL, self.us.list_table("inet", "rolewall"))
        self.diff(0)
        self.write(NEWER)
        self.assertNotIn("trial", self.diff(3))
        self.write(NEW)
        self.ctl("confirm")
        self.assertNotIn(ON_TRIAL, self.us.list_table("inet", "rolewall"))
        self.diff(0)

    def diff(self, status):
        roles = hosts.setting("SOURCE_DIR") / "conf" / "roles"
        where = ("--config-dir", self.config.directory, "--roles-dir", roles)
        return self.ctl(*where, "diff", status=status)


class Lists(TrialCase):
    """Lists are not on trial: whom they have lost does not come back with an older configuration."""

    has_list = True
    LISTED = "10.2.0.3"

    def setUp(self):
        super().setUp()
        self.outside.address(self.LISTED)
        self.write_list(self.LISTED)
        self.ctl("reload")
        self.assertEqual(self.reached(self.LISTED), [WEB])

    def write(self, *arguments, **options):
        if not (self.config.directory / "clients").exists():
            self.write_list()
        super().write(*arguments, **options)

    def write_list(self, *clients):
        self.config.file("clients", "".join(f"{c}\n" for c in clients) or "# nobody\n")

    def lose(self):
        heard = len(self.daemon.stderr())
        self.write_list()
        self.daemon.said(heard, "a list has changed")

    def test_not_when_a_trial_is_rolled_back(self):
        self.try_new()
        self.lose()
        self.ctl("rollback")
        self.assertEqual(self.reached(self.LISTED), [])
        self.kill()
        self.start()
        self.assertEqual(self.reached(self.LISTED), [])

    def test_not_when_a_trial_is_rolled_back_while_the_list_is_faulty(self):
        self.try_new()
        self.lose()
        self.config.file("clients", "10.2.0.300\n")
        self.ctl("rollback")
        self.assertEqual(self.reached(self.LISTED), [])

    def test_not_when_only_the_older_configuration_has_the_list(self):
        self.has_list = False
        self.try_new()
        self.write_list()
        self.ctl("rollback")
        self.assertEqual(self.reached(self.LISTED), [])

    def test_not_when_a_trial_goes_on_after_a_crash(self):
        self.try_new()
        self.lose()
        self.kill()
        self.start()
        self.assertEqual(self.reached(self.LISTED), [])

    def test_not_when_it_was_lost_while_nobody_followed(self):
        self.try_new()
        self.kill()
        self.write_list()
        self.start()
        self.assertEqual(self.reached(self.LISTED), [])
        self.ctl("rollback")
        self.config.file("rolewall.conf", "[nonsense\n")
        self.write_list(self.LISTED)
        self.kill()
        self.start()
        self.assertEqual(self.reached(self.LISTED), [WEB])


class Guard(TrialCase):
    SESSION = f"{ADMINISTRATOR} 50000 {US} 22"

    def test_a_reload_that_cuts_who_asks_for_it_is_refused(self):
        self.write(NEW, management="10.9.0.3")
        said = self.ctl("reload", session=self.SESSION, status=1)
        self.assertIn("would cut the SSH session", said)
        self.assertEqual(self.reached(), [WEB])
        self.assertEqual(self.reached(ADMINISTRATOR), [SSH])

    def test_unless_it_is_forced(self):
        self.write(NEW, management="10.9.0.3")
        self.ctl("reload", "--force", session=self.SESSION)
        self.assertEqual(self.reached(), [NEW])
        self.assertEqual(self.reached(ADMINISTRATOR), [])

    def test_or_tried(self):
        heard = len(self.daemon.stderr())
        self.write(NEW, management="10.9.0.3")
        self.ctl("reload", "--confirm=1", session=self.SESSION)
        self.assertEqual(self.reached(ADMINISTRATOR), [])
        self.daemon.said(heard, "not confirmed in time")
        self.assertEqual(self.reached(ADMINISTRATOR), [SSH])

    def test_others_are_not_asked(self):
        self.write(NEW)
        self.ctl("reload", session=self.SESSION)
        self.assertEqual(self.reached(), [NEW])

    def test_it_knows_ipv6_and_zones(self):
        self.write(management="2001:db8::9, fe80::9")
        self.ctl("reload")
        self.write()
        for session in ("2001:db8::9 50000 2001:db8::1 22", "fe80::9%eth0 50000 fe80::1%eth0 22"):
            self.assertIn("would cut", self.ctl("reload", session=session, status=1))

    def test_a_session_that_goes_on_is_no_reason(self):
        """revoke = keep: it lives, though it could not begin."""
        text = (self.config.directory / "rolewall.conf").read_text()
        self.config.file("rolewall.conf", text.replace("[host]", "[host]\nrevoke = keep"))
        self.ctl("reload")
        live = self.outside.hold(1, ADMINISTRATOR, US, SSH, 500)
        port = self.us.run("ss", "-Htn", "sport", f"= :{SSH}").split()[-1].rpartition(":")[2]
        self.write(management="10.9.0.3")
        text = (self.config.directory / "rolewall.conf").read_text()
        self.config.file("rolewall.conf", text.replace("[host]", "[host]\nrevoke = keep"))
        self.ctl("reload", session=f"{ADMINISTRATOR} {port} {US} {SSH}")
        self.assertTrue(live.alive(1))
        self.assertEqual(self.reached(ADMINISTRATOR), [])


if __name__ == "__main__":
    hosts.main()
