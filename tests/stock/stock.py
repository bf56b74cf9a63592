#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel tests on kernels that Debian ships, in a virtual machine.

    stock.py BUILD_DIR [--kernel=5.10|6.1|6.12|7.2] [--all | TEST...]

Who runs Debian 12 runs its 6.1, and that cannot do all that a new one can: a table can be
owned, but what is owned cannot be left behind (docs/architecture.md, "Kernels").  So the tests
that run on this machine's kernel run on that one too, and test_keeping.py on no other.  The
others are Debian 11's and 13's, and the newest there is: KERNELS says what each can do.

The kernel is Debian's package, taken from it and not installed; it is kept in BUILD_DIR/stock, or
where TEST_CACHE in the environment says.  User space is the programs of this machine (image.py)
and a real systemd as PID 1.  There is no network, no disk, and no need for root or KVM: qemu
emulates each instruction.  That makes everything ten times as slow and more, so the tests are
told to have PATIENCE.

A TEST is the name of a kernel test or of a unit test's program; NAME:CLASS,CLASS.METHOD is a
part of it.  ESSENTIALS is what is run by default, in a minute or two; --all takes some eight.
Status: 0 all passed; 1 not; 77 there is no qemu, systemd or kernel package to be had here.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile

import image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import debian  # noqa: E402
from debian import Missing, output  # noqa: E402

SOURCE_DIR = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
PATIENCE = 5
LIMIT_SECONDS = {"essentials": 1200, "all": 3600}  # of a busy machine

# Those that talk to the kernel, and do not start hundreds of programs.
UNITS = (
    *(f"unit_netlink_{name}" for name in ("hostwatch", "nfsock", "packet_log", "packet_queue")),
    *(f"unit_nftables_read_{name}" for name in ("fingerprint", "inventory")),
    *(f"unit_nftables_change_{name}" for name in ("abilities", "not_of_name", "queues", "timeouts")),
    "unit_whole_observed",
)
SLOW_UNITS = ("unit_nftables_change_apply", "unit_nftables_change_update", "unit_netlink_watch")
# The slow ones first.
ESSENTIALS = (
    "forged",
    "keeping",
    "holding:Holding.test_an_address_that_a_name_has_got_is_asked_for_and_passes_with_its_first_packet,"
    "Holding.test_an_address_that_nobody_has_is_refused_and_not_asked_for_twice,"
    "Holding.test_while_the_reader_says_nothing_an_unknown_address_is_dropped_in_silence",
    "reload:End",
    "ownership:Owner,Changing.test_an_unowned_table_outlives_a_kill",
    "drift:Drift.test_every_edit_is_undone_and_its_author_named",
    "revocation:Tcp.test_session_of_a_removed_peer_to_us_is_cut_and_the_others_is_not,"
    "Udp.test_conversation_of_ours_with_a_removed_peer_is_cut_in_both_directions,"
    "Mark.test_new_stamp_after_a_reload_leaves_them_too",
    "matrix:ProxyWithOptionalRowsIpv4,AppServerIpv6,TargetIpv4",
    "sessions:OverriddenSize",
    *UNITS,
)
ALL = (
    "forged",
    *("transitions", "revocation:Tcp,Udp,Published,Management,Generation,Mark", "matrix", "start"),
    *("follow", "reload", "keeping", "sessions", "drift", "dnat", "ownership", "diff", "trial"),
    "essentials",
    "control",
    *("holding", "first"),
    *(*SLOW_UNITS, *UNITS),
)

MODULES = re.compile(
    r"kernel/(net/(netfilter|netlink|ipv4|ipv6)/|drivers/net/veth\.ko|lib/.*crc32|crypto/crc32)"
    r"|modules\.(order|builtin|builtin\.modinfo)$"
)


@dataclasses.dataclass(frozen=True)
class Kernel:
    """The newest package of this name in a suite, with what belongs to it."""

    suite: str
    package: str  # its numbers are those that make one newer than another
    ownership: str  # the best way to own a table that it knows (nftables/change/ownership.h)
    others: tuple = ()  # packages that hold the rest of it, each in place of the first word


KERNELS = {
    "5.10": Kernel("bullseye", r"linux-image-5\.10\.0-(\d+)-cloud-amd64", "none"),
    "6.1": Kernel("bookworm", r"linux-image-6\.1\.0-(\d+)-cloud-amd64", "owner"),
    "6.12": Kernel("trixie", r"linux-image-6\.12\.(\d+)\+deb13-cloud-amd64", "persist"),
    # what comes after 7.2 there, too
    "7.2": Kernel(
        "sid",
        r"linux-binary-7\.(\d+)\.(\d+)\+deb\d+-cloud-amd64",
        "persist",
        ("linux-modules", "linux-base"),
    ),
}
PROGRAMS = (
    *("bash", "cat", "env", "grep", "ip", "kill", "ls", "modprobe", "mount", "nft", "nsenter", "ping", "python3"),
    *("seq", "setpriv", "sh", "sleep", "sort", "ss", "systemctl", "tr", "umount", "unshare"),
)
LOADED_LATER = ("libgcc_s.so.1",)  # by name, when the first thread ends
SYSTEMD = "/usr/lib/systemd/systemd"
STDLIB = sysconfig.get_path("stdlib")
# of the standard library, what takes room and is not asked for
UNUSED = {"test", "idlelib", "lib2to3", "pydoc_data", "ensurepip", "dist-packages", "distutils"}
UNUSED |= {pathlib.Path(sysconfig.get_config_var("LIBPL")).name}

# All that systemd is to do; what is not here, it does not miss.
UNIT = """
[Unit]
DefaultDependencies=no
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /src/tests/stock/guest.py {arguments}
StandardOutput=file:/dev/console
StandardError=file:/dev/console
Environment=PATH=/usr/sbin:/usr/bin
"""
COMMAND_LINE = (
    "console=ttyS0 quiet panic=-1 mitigations=off rdinit=/usr/lib/systemd/systemd "
    "systemd.unit=tests.service systemd.show_status=0 systemd.log_level=warning"
)
ESCAPES = re.compile(r"\x1b(c|\[[0-9;?]*[A-Za-z])")  # the BIOS clears the screen


# ---- the kernel ----------------------------------------------------------------------


def packages(apt, wanted):
    """The names of the newest kernel's packages."""
    names = apt.names(wanted.package.partition("\\")[0])
    found = [m for m in map(re.compile(wanted.package).fullmatch, names) if m]
    if not found:
        raise Missing(f"{wanted.suite} has no {wanted.package}")
    newest = max(found, key=lambda m: tuple(map(int, m.groups())))[0]
    version = newest.split("-", 2)[2]
    return [newest, *(f"{other}-{version}" for other in wanted.others)]


def unpack(package, directory):
    """The kernel and the modules that the tests can ask for, into a directory."""
    argv = ["dpkg-deb", "--fsys-tarfile", package]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as unpacking:
        with tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive:
            for member in archive:
                if member.isfile() and (MODULES.search(member.name) or "/vmlinuz" in member.name):
                    member.name = re.sub(r"^\./usr/", "./", member.name)
                    archive.extract(member, directory)


def kernel(wanted, cache):
    """The directory with the kernel, made once, and the kernel's version."""
    made = cache / f"kernel-{wanted.suite}"
    if not made.exists():
        apt = debian.Apt(wanted.suite, cache)
        with tempfile.TemporaryDirectory(dir=cache) as directory:
            directory = pathlib.Path(directory)
            for package in apt.download(*packages(apt, wanted), into=directory):
                unpack(package, directory / "kernel")
            (version,) = (path.name for path in directory.glob("kernel/lib/modules/*"))
            (vmlinuz,) = directory.glob("kernel/**/vmlinuz*")
            vmlinuz.rename(directory / "kernel" / "vmlinuz")
            output("depmod", "-b", directory / "kernel", version)
            (directory / "kernel").rename(made)
    (version,) = (path.name for path in made.glob("lib/modules/*"))
    return made, version


# ---- user space ----------------------------------------------------------------------


def make_image(build, directory, version, arguments):
    made = image.Image()
    made.programs(*PROGRAMS)
    made.file(SYSTEMD)
    made.file("/usr/lib/systemd/systemd-shutdown")
    made.tree(STDLIB, without=UNUSED)
    for folder in ("tests/kernel", "tests/stock", "conf/roles"):
        made.tree(f"/src/{folder}", SOURCE_DIR / folder)
    units = (f"tests/{name}" for name in UNITS + SLOW_UNITS)
    for name in ("rolewalld", "rolewallctl", "rolewall-reader", "probe", "flood", *units):
        made.file(f"/src/build/{name}", build / name)
    modules = f"/usr/lib/modules/{version}"
    made.tree(modules, directory / "lib" / "modules" / version)
    made.libraries(*LOADED_LATER)
    made.text("/etc/systemd/system/tests.service", UNIT.format(arguments=arguments))
    made.text("/etc/passwd", "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
    made.text("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
    path = build / "stock" / f"image-{version}.cpio"
    path.parent.mkdir(exist_ok=True)
    made.write(path)
    return path


# ---- the machine ---------------------------------------------------------------------


def boot(qemu, kernel_image, initrd, seconds):
    """Shows what the console says; True if the last word is that everything passed."""
    argv = [qemu, "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "4096", "-smp", "2"]
    argv += ["-nodefaults", "-nographic", "-no-reboot", "-serial", "stdio"]
    argv += ["-kernel", kernel_image, "-initrd", initrd, "-append", COMMAND_LINE]
    verdict = ""
    with subprocess.Popen(
        ["timeout", str(seconds), *argv],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace",
    ) as machine:
        for line in machine.stdout:
            line = ESCAPES.sub("", line).rstrip()
            print(line, flush=True)
            if line.startswith("stock: "):
                verdict = line
    return re.fullmatch(r"stock: [1-9]\d* passed, 0 failed", verdict) is not None


def main():
    build, *words = sys.argv[1:]
    build = pathlib.Path(build).resolve()
    names = [word.partition("=")[2] for word in words if word.startswith("--kernel=")]
    tests = [word for word in words if not word.startswith("--kernel=")]
    wanted = KERNELS[names[-1] if names else "6.1"]
    cache = pathlib.Path(os.environ.get("TEST_CACHE") or build / "stock").resolve()
    limit = LIMIT_SECONDS["all" if tests else "essentials"]
    tests = ALL if tests == ["--all"] else tests or ESSENTIALS
    qemu = shutil.which("qemu-system-x86_64")
    try:
        if os.uname().machine != "x86_64":
            raise Missing("the programs of this machine are not for x86_64")
        if not qemu:
            raise Missing("no qemu-system-x86_64 here")
        if not os.access(SYSTEMD, os.X_OK):
            raise Missing("no systemd here")
        cache.mkdir(parents=True, exist_ok=True)
        directory, version = kernel(wanted, cache)
    except Missing as why:
        print(f"SKIPPED: {why}")
        return SKIPPED
    arguments = " ".join((str(PATIENCE), wanted.ownership, *tests))
    initrd = make_image(build, directory, version, arguments)
    return 0 if boot(qemu, directory / "vmlinuz", initrd, limit) else 1


if __name__ == "__main__":
    sys.exit(main())
