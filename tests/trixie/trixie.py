#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian 13 in a tree: rolewall is built there, with its compiler and its libraries, and tested.

    trixie.py BUILD_DIR [CTEST-OPTION...]

The kernel is this machine's; the nft, libnftnl, systemd and Python that the tests use are those of
Debian 13.  Without options the unit and golden tests are run, and KERNEL.

The tree is made once, of packages from the mirror that this machine's apt uses, and kept in
BUILD_DIR/trixie, or where TEST_CACHE in the environment says; so is what is built there.  It is
entered with namespaces and a chroot: nothing of it runs afterwards.

Status: 0 all passed; 1 not; 77 the tree cannot be had here.
"""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE_DIR = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE_DIR / "tests"))

import debian  # noqa: E402
from debian import Missing, output  # noqa: E402

SUITE = "trixie"
SKIPPED = 77
BUILD_OPTIONS = ("-DBUILD_TESTING=ON", "-DWERROR=ON", "-DSANITIZE=OFF")
# a test of each of the kernel's ways with us; all of them take as long as on the machine itself
KERNEL = "matrix|reload|start|ownership|drift|foreign|follow"
# beside what scripts/install-deps names
PACKAGES = ("systemd", "dbus", "kmod", "iptables")

# $1 the tree, $2 the sources, $3 where to build; then what to run in it
ENTER = """
set -e
tree=$1 source=$2 build=$3
shift 3
mount --bind "$tree" "$tree"
mkdir -p "$tree/src" "$tree/build"
mount --bind "$source" "$tree/src"
mount -o remount,bind,ro "$tree/src"
mount --bind "$build" "$tree/build"
mount -t proc proc "$tree/proc"
mount --rbind /sys "$tree/sys"
mount --rbind /dev "$tree/dev"
mount -t tmpfs tmpfs "$tree/tmp"
mount -t tmpfs tmpfs "$tree/run"
exec chroot "$tree" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
"""


def packages():
    listed = output(SOURCE_DIR / "scripts/install-deps", "--list", "package").split()
    return sorted({*listed, *PACKAGES})


def make_tree(cache):
    """The tree, made once for a list of packages."""
    wanted = ",".join(packages())
    tree = cache / f"{SUITE}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    with open(cache / f"{SUITE}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if tree.exists():
            return tree
        mirror = debian.mirror()
        for old in cache.glob(f"{SUITE}-*"):
            shutil.rmtree(old)
        with tempfile.TemporaryDirectory(dir=cache, prefix=f"{SUITE}.") as directory:
            new = pathlib.Path(directory, "tree")
            argv = ["mmdebstrap", "--quiet", "--variant=apt", f"--include={wanted}"]
            argv += [f"--keyring={debian.KEYRING}", SUITE, new, mirror]
            made = subprocess.run(argv, capture_output=True, text=True, check=False)
            if made.returncode:
                raise Missing(f"no tree of Debian 13: {made.stderr.strip()[-2000:]}")
            new.rename(tree)
    return tree


def run(tree, build, *argv):
    """True if it ended well."""
    unshare = ["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"]
    inside = ["sh", "-c", ENTER, "sh", tree, SOURCE_DIR, build, *argv]
    return subprocess.run([*unshare, *inside], stdin=subprocess.DEVNULL, check=False).returncode == 0


def test(tree, build, options):
    tests = [["-L", "unit|golden"], ["-R", f"^kernel_({KERNEL})$"]]
    if not run(tree, build, "/src/scripts/build", "/build", *BUILD_OPTIONS):
        return False
    ctest = ["ctest", "--test-dir", "/build", "--output-on-failure", "--no-tests=error"]
    ctest += ["--timeout", "300", "--parallel", str(os.cpu_count())]
    return all([run(tree, build, *ctest, *chosen) for chosen in ([options] if options else tests)])


def main():
    build, *options = sys.argv[1:]
    own = pathlib.Path(build).resolve() / SUITE
    cache = pathlib.Path(os.environ.get("TEST_CACHE") or own).resolve()
    try:
        if os.geteuid() != 0:
            raise Missing("needs root")
        if not shutil.which("mmdebstrap"):
            raise Missing("no mmdebstrap here")
        for directory in (cache, own / "build"):
            directory.mkdir(parents=True, exist_ok=True)
        tree = make_tree(cache)
    except Missing as why:
        print(f"SKIPPED: {why}")
        return SKIPPED
    print(output("chroot", tree, "nft", "--version").strip(), flush=True)
    return 0 if test(tree, own / "build", options) else 1


if __name__ == "__main__":
    sys.exit(main())
