# SPDX-License-Identifier: GPL-2.0-or-later
"""Packages of another release of Debian, from the mirror that this machine's apt uses, or of its own.

An Apt of its own reads one suite, or the machine's sources, into a directory of its own: nothing of
the machine's lists, caches and packages is touched, and nothing is installed.

Where there is no apt, no such mirror or no network, Missing says what there is not.
"""

import pathlib
import shutil
import subprocess

KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class Missing(Exception):
    """What this machine lacks."""


def output(*argv, **options):
    return subprocess.run(argv, check=True, capture_output=True, text=True, **options).stdout


def mirror():
    """The address that the machine has Debian's main archive from."""
    if not shutil.which("apt-get"):
        raise Missing("no apt here to ask for Debian's packages")
    if not KEYRING.exists():
        raise Missing(f"no {KEYRING} here to trust Debian's packages by")
    wanted = "$(REPO_URI)|$(COMPONENT)|$(LABEL)"
    for line in output("apt-get", "indextargets", "--format", wanted, "Created-By: Packages").splitlines():
        uri, component, label = line.split("|")
        # the label is known once the lists have been fetched; security has another one
        is_main = label == "Debian" or ("(" in label and uri.rstrip("/").endswith("/debian"))
        if component == "main" and is_main:
            return uri
    raise Missing("no mirror of Debian among apt's sources")


class Apt:
    """One suite's packages; without a suite, those that this machine could install."""

    def __init__(self, suite, directory):
        self._directory = pathlib.Path(directory).resolve() / f"apt-{suite or 'own'}"
        for name in ("lists/partial", "cache/archives/partial"):
            (self._directory / name).mkdir(parents=True, exist_ok=True)
        settings = self._sources(suite) if suite else {}
        settings |= {
            "Dir::State::Lists": self._directory / "lists",
            "Dir::Cache": self._directory / "cache",
            "APT::Update::Post-Invoke": "",
            "APT::Sandbox::User": "root",  # the directory is ours alone
        }
        self._options = [word for k, v in settings.items() for word in ("-o", f"{k}={v}")]
        self._run("apt-get", "update", "-qq", "--error-on=any")

    def _sources(self, suite):
        sources = self._directory / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {mirror()} {suite} main\n")
        return {"Dir::Etc::SourceList": sources, "Dir::Etc::SourceParts": "/dev/null"}

    def names(self, beginning):
        return self._run("apt-cache", "pkgnames", beginning).split()

    def download(self, *names, into):
        """The packages' files."""
        self._run("apt-get", "download", "-qq", *names, cwd=into)
        return sorted(pathlib.Path(into).glob("*.deb"))

    def download_with_needed(self, *names, into):
        """With all those that they need and that the machine has not installed."""
        options = ["-o", f"Dir::Cache::archives={pathlib.Path(into).resolve()}", "-o", "Debug::NoLocking=1"]
        self._run("apt-get", *options, "install", "-qq", "--download-only", "--no-install-recommends", *names)
        return sorted(pathlib.Path(into).glob("*.deb"))

    def _run(self, program, *arguments, **options):
        try:
            return output(program, *self._options, *arguments, **options)
        except subprocess.CalledProcessError as failed:
            what = " ".join((program, *arguments))
            raise Missing(f"{what}: {failed.stderr.strip()}") from failed
