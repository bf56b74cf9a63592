# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines for the system tests: a real systemd as PID 1, and the package installed in it.

A Machine is an overlay of / whose upper directory lies on a tmpfs: the machine that runs the
test, as its administrator would find it after its first boot, but with no service enabled.
systemd-nspawn boots it in the network namespace of a host of hosts.py.  So everything that
hosts.py and flood.py can do with a host, they can do with a machine; and as each boot gets
another namespace, what is in force after a boot comes from that boot.

    with hosts.Lab() as lab:
        us = lab.host("us")
        machine = Machine(lab)
        machine.boot(us)
        machine.install()
        machine.run("systemctl", "status", "rolewalld")
        machine.reboot(lab.host("us-again"))

What has happened is waited for in the journal, from a mark that was taken before.

main() runs the test in mount and PID namespaces of its own: whatever becomes of the test,
nothing is left mounted or running.  Beside the settings of hosts.py there are

    PACKAGE        the directory that scripts/package has left a package in
    SANDBOX_PROBE  sandbox_probe.c, built
"""

import contextlib
import glob
import os
import pathlib
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "kernel"))

import hosts  # noqa: E402

UNIT = "rolewalld.service"
BOOT_SECONDS = 60  # for what takes one: reaching it is a failure
CONTAINED = "MACHINE_CONTAINED"  # in the environment: the namespaces are made
_SETTINGS = ("PACKAGE", "SANDBOX_PROBE")
_MASKED = ("console-getty.service", "systemd-sysctl.service", "systemd-networkd.service")
_CGROUPS = pathlib.Path("/sys/fs/cgroup")


# ---- the process of a test -----------------------------------------------------------


def _skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(hosts.SKIPPED)


def package():
    """What scripts/package has left."""
    found = sorted(glob.glob(os.path.join(os.environ.get("PACKAGE", ""), "rolewall_*.deb")))
    return pathlib.Path(found[-1]) if found else None


def main():
    """What each test file ends with."""
    for argument in sys.argv[1:]:
        name, equals, value = argument.partition("=")
        if equals and name in _SETTINGS:
            os.environ[name] = value
            sys.argv.remove(argument)
    if os.geteuid() != 0:
        _skip("needs root")
    for tool in ("systemd-nspawn", "dpkg", "unshare", "nsenter"):
        if not shutil.which(tool):
            _skip(f"needs {tool}")
    if not package():
        _skip("no package; run scripts/package DIR and set PACKAGE=DIR")
    if CONTAINED not in os.environ:
        _enter_namespaces()
    pathlib.Path("/run/netns").mkdir(exist_ok=True)
    _mount("tmpfs", "/run/netns", "mode=755")  # pids, and so names, are the same in each test
    hosts.main()


def _enter_namespaces():
    unshare = ["unshare", "--mount", "--propagation=private", "--pid", "--fork"]
    unshare += ["--kill-child", "--mount-proc"]
    tried = subprocess.run([*unshare, "true"], capture_output=True, text=True, check=False)
    if tried.returncode:
        _skip(f"no namespaces here: {tried.stderr.strip()}")
    os.environ[CONTAINED] = "yes"
    # A shell is process 1: it reaps orphans.  A machine's last process is gone no sooner.
    init = ["sh", "-c", '"$@" & wait $!', "sh"]
    os.execvp("unshare", [*unshare, *init, sys.executable, *sys.argv])


def _mount(kind, where, options):
    argv = ["mount", "-t", kind, "-o", options, kind, str(where)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise hosts.LabError(f"{argv}: {done.stderr}")


def _cgroup_parents():
    """Where a cgroup is made: with both hierarchies of systemd, or with the one of cgroup2."""
    both = [_CGROUPS / name for name in ("unified", "systemd")]
    found = [d for d in both if (d / "cgroup.procs").exists()]
    return found or [_CGROUPS]


# ---- machines ------------------------------------------------------------------------


class Files(hosts.Config):
    """/etc/rolewall of a machine."""

    def __init__(self, directory):
        self.directory = directory  # the package makes it


class Machine:
    """See above.  The methods that take a program run it inside."""

    def __init__(self, lab):
        self.lab = lab
        self.name = "rolewall-" + secrets.token_hex(8)
        self.host = None
        self._nspawn = self._leader = None
        self._cgroups = [parent / self.name for parent in _cgroup_parents()]
        self._make_root(lab.directory / f"machine-{lab.next_number()}")
        self.config = Files(self.root / "etc/rolewall")
        lab.started(self)

    # -- the tree --

    def _make_root(self, directory):
        self.disk, self.root = directory / "disk", directory / "root"
        upper, work = self.disk / "upper", self.disk / "work"
        for path in (directory, self.disk, self.root):
            path.mkdir()
        _mount("tmpfs", self.disk, "mode=755")
        for path in (upper, work):
            path.mkdir(mode=0o755)
        _mount("overlay", self.root, f"lowerdir=/,upperdir={upper},workdir={work}")
        units = self.root / "etc/systemd/system"
        shutil.rmtree(units)
        units.mkdir()
        for unit in _MASKED:
            (units / unit).symlink_to("/dev/null")
        for links in self.root.glob("etc/rc?.d"):
            shutil.rmtree(links)
        self.write("etc/fstab", "")
        self.write("etc/machine-id", "c0ffee" * 5 + "00\n")
        (self.root / "usr/sbin/policy-rc.d").unlink(missing_ok=True)  # an image may start no service
        shutil.rmtree(self.root / "var/log/journal", ignore_errors=True)
        (self.root / "var/log/journal").mkdir()  # makes it persistent

    def write(self, path, text, mode=0o644):
        """A file of the machine, with its directories."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
        return file

    def fill_disk(self):
        """To the last block and inode."""
        disk = os.statvfs(self.disk)
        size = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
        options = f"remount,size={size},nr_inodes={disk.f_files - disk.f_ffree}"
        subprocess.run(["mount", "-o", options, str(self.disk)], check=True)

    def unit(self, name, text):
        """A unit of the machine's administrator; systemd has read it when this returns."""
        self.write(f"etc/systemd/system/{name}", text)
        if self._nspawn:
            self.run("systemctl", "daemon-reload")

    def drop_in(self, text, name="test.conf"):
        """What `systemctl edit rolewalld` writes; an empty text takes it away."""
        self.unit(f"{UNIT}.d/{name}", text)

    # -- life --

    def boot(self, host, *options):
        """Until multi-user.target is reached; host is its network.  The options are those of
        systemd-nspawn; after "--" those of the machine's systemd."""
        self.start_boot(host, *options)
        self.wait_booted()

    def start_boot(self, host, *options):
        assert not self._nspawn
        self.host = host
        for path in self._cgroups:
            path.mkdir(exist_ok=True)
        notify = self.lab.directory / f"boot-{self.lab.next_number()}"
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(notify))
        argv = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot"]
        argv += [f"--directory={self.root}", f"--machine={self.name}", "--notify-ready=yes"]
        argv += [f"--network-namespace-path=/run/netns/{host.namespace}"]
        argv += ["--capability=CAP_NET_ADMIN", "--console=read-only", "--link-journal=no"]
        argv += ["--resolv-conf=off", "--timezone=off", *options]
        if "--" not in options:
            argv += ["--", "systemd.unit=multi-user.target"]
        enter = "while [ $1 != -- ]; do echo $$ >$1/cgroup.procs; shift; done; shift"
        enter = ["sh", "-c", f'{enter}; exec setsid "$@"', "sh", *map(str, self._cgroups), "--"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LISTEN_")}
        environment |= {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1", "NOTIFY_SOCKET": str(notify)}
        environment |= {"SYSTEMD_NSPAWN_TMPFS_TMP": "0"}  # as Debian has it: on the disk
        with open(self.lab.directory / "console", "wb") as console:
            self._nspawn = subprocess.Popen(
                enter + argv,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )

    def wait_booted(self):
        deadline = time.monotonic() + BOOT_SECONDS
        ended = os.pidfd_open(self._nspawn.pid)
        words = []
        try:
            while "READY=1" not in words:
                left = max(0, deadline - time.monotonic())
                if self._notify not in select.select([self._notify, ended], [], [], left)[0]:
                    raise hosts.LabError(f"no boot:\n{self._console()}")
                words = self._notify.recv(65536).decode().splitlines()
                for word in words:
                    if word.startswith("X_NSPAWN_LEADER_PID="):
                        self._leader = int(word.partition("=")[2])
        finally:
            os.close(ended)
            # systemd-nspawn passes on all that the machine says of itself; read by nobody, it would
            # wait for us before long, and not notice the machine's end
            self._notify.close()
        assert self._leader

    def _console(self):
        return (self.lab.directory / "console").read_text(errors="replace")[-4000:]

    def reboot(self, host, *options):
        """As an administrator does it; what the machine has written stays."""
        self.start_reboot()
        self.boot(host, *options)

    def start_reboot(self):
        """Until it is down."""
        self.run("systemctl", "reboot", check=False)
        self._gone(BOOT_SECONDS)

    def crash(self):
        """The power is gone; nobody is told.  What was written stays, as tmpfs loses nothing."""
        self._kill()

    def _kill(self):
        if self._leader:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._leader, signal.SIGKILL)
        else:
            self._nspawn.kill()
        self._gone(BOOT_SECONDS)

    def _gone(self, seconds):
        self._nspawn.wait(seconds)
        self._nspawn = self._leader = None

    def end(self):
        """What Lab.close asks of all that was started."""
        if self._nspawn:
            self._kill()
        for mounted in (self.root, self.disk):  # or Lab.close would walk all of it
            subprocess.run(["umount", "--lazy", str(mounted)], check=True)
        for top in self._cgroups:
            for path, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(path)

    # -- programs --

    def enter(self, *argv):
        # nsenter stays between a program and us: what ends the one has to end the other
        enter = ["nsenter", f"--target={self._leader}", "--all", "--"]
        enter += ["setpriv", "--pdeathsig=KILL"]
        return [*enter, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", *map(str, argv)]

    def run(self, *argv, check=True):
        """Runs a program to its end; its stdout, or with check=False the whole result."""
        done = subprocess.run(self.enter(*argv), capture_output=True, text=True, timeout=60)
        if check and done.returncode:
            raise hosts.LabError(f"{argv}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout if check else done

    def install(self, deb=None):
        """dpkg --install; what it says."""
        deb = deb or package()
        shutil.copy(deb, self.root / "var/cache")
        # unsafe: nothing that a power failure could lose
        return self.dpkg("--force-unsafe-io", "--install", f"/var/cache/{deb.name}")

    def dpkg(self, *argv):
        done = self.run("dpkg", *argv, check=False)
        if done.returncode:
            raise hosts.LabError(f"dpkg {argv}:\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    # -- the service --

    def show(self, key, unit=UNIT):
        """A property of a unit."""
        return self.run("systemctl", "show", f"--property={key}", "--value", unit).strip()

    def main_pid(self):
        """Of the daemon, as the machine itself counts."""
        return int(self.show("MainPID"))

    def kill(self, number):
        self.run("kill", f"-{int(number)}", self.main_pid())

    def mark(self, unit=UNIT):
        """The end of what the journal has of a unit.  (With a cursor of another one's line,
        --after-cursor passes over the first line of the unit.)"""
        self.run("journalctl", "--sync")
        out = self.run("journalctl", "-u", unit, "-n0", "--show-cursor")
        return out.strip().partition("-- cursor: ")[2]

    def said(self, mark, unit=UNIT):
        """What the journal has of a unit since the mark."""
        self.run("journalctl", "--sync")
        return self.run("journalctl", "-o", "cat", "-u", unit, f"--after-cursor={mark}")

    def wait_said(self, mark, text, unit=UNIT):
        """Until a line of a unit has the text; that line."""
        follow = ["journalctl", "-f", "-o", "cat", "-u", unit, f"--after-cursor={mark}"]
        journal = hosts.Process(self, [*follow, "-n1000"])
        try:
            while text not in (line := journal.line(BOOT_SECONDS)):
                pass
            return line
        except hosts.LabError as error:
            raise hosts.LabError(f"never said: {text}\n{self.said(mark, unit)}") from error
        finally:
            journal.end()
