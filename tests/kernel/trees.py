# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs that this machine has not installed, for a host of hosts.py.

A Tree is another root directory: the machine's own, under it packages of Debian that are unpacked
and not installed, over both what is written here, which is in memory.  Its mounts, its processes
and its name are its own, its network is the host's.  All of it is gone with its first process.
"""

import ctypes
import os
import pathlib
import shutil
import subprocess

import hosts

_MAKE = """set -e
hostname "$1"
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o "lowerdir=$2:/,upperdir=/mnt/upper,workdir=/mnt/work" overlay /mnt/root
cd /mnt/root
mount --rbind /dev dev
mount -t proc proc proc
for directory in run tmp; do mount -t tmpfs -o mode=1777 tmpfs $directory; done
pivot_root . mnt
umount --lazy /mnt
echo ready
read -r end || :
"""


CLONE_NEWNS = 0x20000


def contain():
    """From here on, what this process mounts is nobody else's, and gone with it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) < 0:
        raise hosts.LabError(f"unshare: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


class Packages:
    """What packages hold, as the lower part of trees: in memory, as the layers of an overlay must
    not lie in one another.  For a process that contain()s itself."""

    def __init__(self, lab, files):
        self.directory = lab.directory / "packages"
        self.directory.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", self.directory], check=True)
        lab.started(self)
        for file in files:
            subprocess.run(["dpkg-deb", "--extract", file, self.directory], check=True)
        # where the machine has links to /usr, a directory of the same name would hide them
        for name in ("bin", "lib", "lib64", "sbin"):
            own = self.directory / name
            if own.is_dir() and os.path.islink(f"/{name}"):
                shutil.copytree(own, self.directory / "usr" / name, symlinks=True, dirs_exist_ok=True)
                shutil.rmtree(own)

    def end(self):
        subprocess.run(["umount", "--lazy", self.directory], check=True)


class Tree(hosts.Process):
    """The first process of one.  It takes a program in place of a host: enter(), run()."""

    def __init__(self, host, packages, name):
        unshare = ["unshare", "--mount", "--propagation=private", "--uts", "--pid", "--fork"]
        unshare += ["--kill-child", "--mount-proc", "sh", "-c", _MAKE, "sh", name, packages.directory]
        super().__init__(host, unshare)
        self.host, self.name, self.lab = host, name, host.lab
        if self.line() != "ready":
            raise hosts.LabError(f"no tree for {name}")
        [self._first] = pathlib.Path(f"/proc/{self.pid()}/task/{self.pid()}/children").read_text().split()

    def enter(self, *argv):
        enter = ["nsenter", f"--target={self._first}", "--mount", "--uts", "--pid", "--net", "--"]
        environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8"]
        return [*enter, *environment, *map(str, argv)]

    def run(self, *argv, text_in="", check=True):
        return hosts.Host.run(self, *argv, text_in=text_in, check=check)

    def write(self, path, text):
        """A file of the tree."""
        self.run("sh", "-c", 'mkdir -p "${1%/*}" && cat >"$1"', "sh", path, text_in=text)

    def end(self):
        if not self.ended():
            self._popen.stdin.close()  # its shell waits for that
            self._popen.wait(hosts.WAIT_SECONDS)
        super().end()
