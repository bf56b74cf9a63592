# SPDX-License-Identifier: GPL-2.0-or-later
"""systemd-resolved in a machine of the system tests.

It is a package of its own, of the same version as systemd, and so is nss-resolve: both are taken from
the machine that runs the test, or downloaded and unpacked into the test's.
"""

import pathlib
import subprocess
import unittest

UNIT = "systemd-resolved.service"
FILES = {
    "systemd-resolved": "usr/lib/systemd/systemd-resolved",
    "libnss-resolve": "usr/lib/*/libnss_resolve.so.2",
}


def put(machine, *packages):
    """Skips the test where there is no such package of this systemd."""
    for package in packages or ("systemd-resolved",):
        if list(machine.root.glob(FILES[package])):
            continue
        file = _download(package, machine.lab.directory)
        if not file:
            raise unittest.SkipTest(f"SKIPPED: there is no {package} of this systemd")
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", file], stdout=subprocess.PIPE) as tar:
            # dpkg-deb -x would put a directory in the place of the link /lib
            extract = ["tar", "-x", "--keep-directory-symlink", "-C", machine.root]
            subprocess.run(extract, stdin=tar.stdout, check=True)


def _download(package, directory):
    subprocess.run(
        ["apt-get", "download", "-qq", package],
        cwd=directory,
        capture_output=True,
        timeout=60,
        check=False,
    )
    found = sorted(pathlib.Path(directory).glob(f"{package}_*.deb"))
    installed = subprocess.run(
        ["dpkg-query", "-W", "-f=${Version}", "systemd"], capture_output=True, text=True, check=True
    ).stdout
    fitting = [f for f in found if installed in f.name.replace("%3a", ":")]
    return fitting[0] if fitting else None


def configure(machine, *lines):
    """As an administrator does it; it runs with that when this returns."""
    machine.write("etc/systemd/resolved.conf", "\n".join(("[Resolve]", "DNSSEC=no", *lines, "")))
    machine.run("systemctl", "restart", UNIT)
