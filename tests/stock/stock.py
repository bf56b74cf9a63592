#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel tests on the kernel that Debian 12 ships, 6.1, in a virtual machine.

    stock.py BUILD_DIR [--all | TEST...]

Who runs Debian 12 runs this kernel, and it cannot do all that a new one can: a table can be
owned, but what is owned cannot be left behind (docs/architecture.md, "Kernels").  So the tests
that run on this machine's kernel run on that one too, and test_keeping.py on no other.

The kernel is Debian's package, taken from it and not installed; it is kept in BUILD_DIR/stock.
User space is the programs of this machine (image.py) and a real systemd as PID 1.  There is no
network, no disk, and no need for root or KVM: qemu emulates each instruction.  That makes
everything ten times as slow and more, so the tests are told to have PATIENCE.

A TEST is the name of a kernel test or of a unit test's program; NAME:CLASS,CLASS.METHOD is a
part of it.  ESSENTIALS is what is run by default, in a minute or two; --all takes some eight.
Status: 0 all passed; 1 not; 77 there is no qemu, systemd or kernel package to be had here.
"""

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

SOURCE_DIR = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
PATIENCE = 5
LIMIT_SECONDS = {"essentials": 1200, "all": 3600}  # of a busy machine

# Those that talk to the kernel, and do not start hundreds of programs.
UNITS = tuple(
    f"unit_kernel_{name}"
    for name in ("fingerprint", "hostwatch", "inventory", "nfsock", "ownership", "timeouts")
)
SLOW_UNITS = ("unit_kernel_apply", "unit_kernel_update", "unit_kernel_watch")
# The slow ones first.
ESSENTIALS = (
    "forged",
    "keeping",
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
    "control",
    *(*SLOW_UNITS, *UNITS),
)

KERNEL = re.compile(r"linux-image-6\.1\.0-(\d+)-cloud-amd64")
MODULES = re.compile(
    r"kernel/(net/(netfilter|netlink|ipv4|ipv6)/|drivers/net/veth\.ko|lib/libcrc32c\.ko)"
    r"|modules\.(order|builtin|builtin\.modinfo)$"
)
PROGRAMS = (
    *("cat", "env", "grep", "ip", "kill", "ls", "modprobe", "mount", "nft", "nsenter", "ping", "python3"),
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


class Skip(Exception):
    """What this machine lacks."""


def output(*argv, **options):
    return subprocess.run(argv, check=True, capture_output=True, text=True, **options).stdout


# ---- the kernel ----------------------------------------------------------------------


def newest_package():
    if not shutil.which("apt-cache"):
        raise Skip("no apt here to ask for Debian's kernel")
    names = output("apt-cache", "pkgnames", "linux-image-6.1.0-").split()
    found = sorted((int(m[1]), m[0]) for m in map(KERNEL.fullmatch, names) if m)
    if not found:
        raise Skip("apt knows no linux-image-6.1.0-*-cloud-amd64: Debian 12 has it")
    return found[-1][1]


def unpack(package, directory):
    """The kernel and the modules that the tests can ask for, into a directory."""
    argv = ["dpkg-deb", "--fsys-tarfile", package]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as unpacking:
        with tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive:
            for member in archive:
                if member.isfile() and (
                    MODULES.search(member.name) or "/boot/vmlinuz-" in member.name
                ):
                    archive.extract(member, directory)
    version = next(directory.glob("lib/modules/*")).name
    output("depmod", "-b", directory, version)
    return version


def kernel(cache):
    """The directory with the kernel, made once, and the kernel's version."""
    found = list(cache.glob("kernel/lib/modules/*"))
    if found:
        return cache / "kernel", found[0].name
    name = newest_package()
    with tempfile.TemporaryDirectory(dir=cache) as directory:
        directory = pathlib.Path(directory)
        try:
            output("apt-get", "download", "-qq", name, cwd=directory)
        except subprocess.CalledProcessError as failed:
            raise Skip(f"cannot download {name}: {failed.stderr.strip()}") from failed
        (package,) = directory.glob("*.deb")
        version = unpack(package, directory / "kernel")
        (directory / "kernel").rename(cache / "kernel")
    return cache / "kernel", version


# ---- user space ----------------------------------------------------------------------


def make_image(build, cache, version, arguments):
    made = image.Image()
    made.programs(*PROGRAMS)
    made.file(SYSTEMD)
    made.file("/usr/lib/systemd/systemd-shutdown")
    made.tree(STDLIB, without=UNUSED)
    for folder in ("tests/kernel", "tests/stock", "conf/roles"):
        made.tree(f"/src/{folder}", SOURCE_DIR / folder)
    units = (f"tests/{name}" for name in UNITS + SLOW_UNITS)
    for name in ("rolewalld", "rolewallctl", "probe", "flood", *units):
        made.file(f"/src/build/{name}", build / name)
    modules = f"/usr/lib/modules/{version}"
    made.tree(modules, cache / "kernel" / "lib" / "modules" / version)
    made.libraries(*LOADED_LATER)
    made.text("/etc/systemd/system/tests.service", UNIT.format(arguments=arguments))
    made.text("/etc/passwd", "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n")
    made.text("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
    path = cache / "image.cpio"
    made.write(path)
    return path


# ---- the machine ---------------------------------------------------------------------


def boot(qemu, kernel_image, initrd, seconds):
    """Shows what the console says; True if the last word is that everything passed."""
    argv = [qemu, "-accel", "tcg,thread=multi", "-cpu", "max", "-m", "1024", "-smp", "2"]
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
    build, *tests = sys.argv[1:]
    build = pathlib.Path(build).resolve()
    cache = build / "stock"
    limit = LIMIT_SECONDS["all" if tests else "essentials"]
    tests = ALL if tests == ["--all"] else tests or ESSENTIALS
    qemu = shutil.which("qemu-system-x86_64")
    try:
        if os.uname().machine != "x86_64":
            raise Skip("the programs of this machine are not for x86_64")
        if not qemu:
            raise Skip("no qemu-system-x86_64 here")
        if not os.access(SYSTEMD, os.X_OK):
            raise Skip("no systemd here")
        cache.mkdir(exist_ok=True)
        directory, version = kernel(cache)
    except Skip as why:
        print(f"SKIPPED: {why}")
        return SKIPPED
    initrd = make_image(build, cache, version, " ".join((str(PATIENCE), *tests)))
    vmlinuz = directory / "boot" / f"vmlinuz-{version}"
    return 0 if boot(qemu, vmlinuz, initrd, limit) else 1


if __name__ == "__main__":
    sys.exit(main())
