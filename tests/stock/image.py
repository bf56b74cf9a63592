# SPDX-License-Identifier: GPL-2.0-or-later
"""A root file system for the kernel's early user space, made of files of this machine.

The kernel unpacks a cpio archive (newc, see Documentation/driver-api/early-userspace/
buffer-format.rst) into memory before it starts init, so that it needs neither a disk nor a
driver for one.  It is not compressed: where every instruction is emulated, unpacking costs
more than copying.

Nothing here needs root, and nothing is installed: what goes in is read where it lies.
"""

import os
import pathlib
import re
import shutil
import stat
import subprocess

FOLDERS = ("dev", "etc", "proc", "root", "run", "sys", "tmp", "var")
MERGED = ("bin", "sbin", "lib", "lib64")  # links into /usr


class Image:
    """What is to be in the archive: {path: (mode, content or a file that has it)}."""

    def __init__(self):
        self._entries = {}
        for name in FOLDERS:
            self._entries[name] = (stat.S_IFDIR | 0o755, b"")
        for name in MERGED:
            self.link(f"/{name}", f"usr/{name}")

    def text(self, path, text, mode=0o644):
        self._put(path, stat.S_IFREG | mode, text.encode())

    def link(self, path, target):
        self._put(path, stat.S_IFLNK | 0o777, target.encode())

    def file(self, path, source=None):
        """A file of this machine, under its own name or another; links are followed."""
        source = pathlib.Path(source or path)
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        self._put(path, stat.S_IFREG | mode, source)

    def tree(self, path, source=None, without=()):
        """A folder with all that is in it but for some names."""
        source = pathlib.Path(source or path)
        for folder, folders, files in os.walk(source):
            folders[:] = [f for f in folders if f not in without]
            for name in files:
                found = pathlib.Path(folder, name)
                if name not in without and found.is_file():
                    self.file(pathlib.Path(path) / found.relative_to(source), found)

    def programs(self, *names):
        """Programs of the search path, or files, under the name that they have here."""
        for name in names:
            path = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
            if not path:
                raise FileNotFoundError(f"{name}: no such program")
            self.file(path)

    def libraries(self, *names):
        """What the programs that are in so far are linked to, and some that they will open."""
        files = [c for _, c in self._entries.values() if isinstance(c, pathlib.Path)]
        linked = [str(f) for f in files if _is_elf(f)]
        env = os.environ | {"LC_ALL": "C"}
        done = subprocess.run(["ldd", *linked], capture_output=True, text=True, env=env)
        if missing := re.findall(r"(\S+) => not found", done.stdout):
            raise FileNotFoundError(f"libraries: {missing}")
        found = set(map(pathlib.Path, re.findall(r"(/\S+) \(0x", done.stdout)))
        (folder,) = {path.parent for path in found if path.name == "libc.so.6"}
        for path in (*found, *(folder / name for name in names)):
            self.file(path)

    def write(self, path):
        """The archive; it appears whole or not at all."""
        new = pathlib.Path(f"{path}.new")
        with open(new, "wb") as out:
            for number, (name, (mode, content)) in enumerate(sorted(self._entries.items()), 1):
                mtime = 0
                if isinstance(content, pathlib.Path):
                    mtime = int(content.stat().st_mtime)  # compiled Python is compared by it
                    content = content.read_bytes()
                _write_entry(out, number, name, mode, mtime, content)
            _write_entry(out, 0, "TRAILER!!!", 0, 0, b"")
        new.rename(path)

    def _put(self, path, mode, content):
        path = os.path.normpath(path).lstrip("/")
        first, slash, rest = path.partition("/")
        if slash and first in MERGED:
            path = f"usr/{first}/{rest}"
        for parent in pathlib.PurePosixPath(path).parents:
            self._entries.setdefault(str(parent), (stat.S_IFDIR | 0o755, b""))
        self._entries.pop(".", None)
        self._entries[path] = (mode, content)


def _is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def _write_entry(out, number, name, mode, mtime, content):
    name = name.encode() + b"\0"
    # inode, mode, uid, gid, links, time, size, device, device of a node, name, checksum
    fields = (number, mode, 0, 0, 1, mtime, len(content), 0, 0, 0, 0, len(name), 0)
    out.write(b"070701" + b"".join(b"%08X" % f for f in fields) + name)
    out.write(b"\0" * (-(110 + len(name)) % 4) + content + b"\0" * (-len(content) % 4))
