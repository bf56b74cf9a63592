#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""layering.py SOURCE_DIR: who may include whom, and what every file must have.

The folders of lib/ look one way only: each may include itself and those before it in
FOLDERS.  Each foreign library has one user, and some of its functions are called in one file
only.  A method of the control socket is named in the daemon's table and by one verb.  A switch has
a default only where its values are no enum of ours.  Every
lib/FOLDER/FILE.c has a unit test, and every source file says its licence.  All faults are told,
one a line: "file:line: what is wrong".

--self-test makes a small tree with every such fault and demands to be told of each; an
ordinary run does so first, so that a check that has gone blind is noticed.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDERS = (
    "base", "net", "host", "names", "config", "ruleset",
    "compile", "ask", "netlink", "nftables/encode", "nftables/read", "nftables/change",
    "others", "state", "engine", "bus",
)
PROGRAMS = ("daemon", "ctl", "reader")

# The program that reads bytes from anybody has no more of lib/ than it needs.
LIMITED = {"reader": ("base", "net", "host", "names", "netlink/packet_log.h")}

# headers of foreign libraries, and the only places that may include them
FOREIGN = (
    (re.compile(r"ini\.h"), ("lib/config/ini.c",)),
    # rtnetlink tells the facts of the host, nf_tables is the kernel's side of a ruleset
    (re.compile(r"libmnl/.+"), ("lib/host/", "lib/netlink/", "lib/nftables/", "lib/others/")),
    (re.compile(r"libnftnl/.+"), ("lib/netlink/", "lib/nftables/", "lib/others/")),
    (re.compile(r"systemd/.+"), ("lib/bus/", "daemon/", "reader/", "ctl/client.c")),
    (re.compile(r"ares(_.*)?\.h"), ("reader/asking.c",)),
)

# rooms of lib/ with one way in: the only header of theirs that others may include
ENTRIES = {"others": "others/others.h"}

# functions of theirs that need care, and the only file that may call them
CALLS = ((re.compile(r"\bnftnl_\w+_nlmsg_parse\("), "lib/nftables/read/dump.c"),)

# a switch over an enum of ours names all its values, so that the compiler tells of a new one
DEFAULT = re.compile(r"\s*default\s*:")
NO_ENUM = "/* no enum of ours */"

# What turns a ruleset into the kernel's, and hears of it, knows nothing of a policy.
BLIND = (("lib/netlink/", "lib/nftables/"), ("config", "compile"))

# what can be asked of the daemon is said in its table and where it is asked, and nowhere else
METHODS = "daemon/commands.c"
METHOD = re.compile(r'\bMETHOD\("(\w+)"')
QUOTED = re.compile(r'"(\w+)"')

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
LICENCE = "SPDX-License-Identifier: GPL-2.0-or-later"
LICENCE_WITHIN_LINES = 3
SOURCE_NAMES = re.compile(
    r".*\.(c|h|h\.in|py|sh|bash|cmake|conf|yml|yaml)|(.*/)?CMakeLists\.txt"
)
SHELL = re.compile(rb"#!.*\b(ba|da)?sh\b")
# what the tests feed to the parsers may be any bytes, and its line numbers count
NOT_SOURCES = ("tests/golden/cases/", "tests/golden/init/", "tests/fuzz/corpus/")
BUILT = re.compile(r"(build[^/]*|dist|\.git)/|(.*/)?__pycache__/")  # as in .gitignore


class Tree:
    """A source tree, and the faults found in it."""

    def __init__(self, root):
        self.root = Path(root)
        self.faults = []

    def fault(self, path, line, what):
        self.faults.append((path, line, what))

    def lines(self, path):
        return (self.root / path).read_text(errors="replace").splitlines()

    def code(self, folder):
        found = (self.root / folder).rglob("*.[ch]")
        return sorted(p.relative_to(self.root).as_posix() for p in found)

    def files(self):
        """What git tracks or would track; where there is no git, all that is not built."""
        listing = ["git", "-C", self.root, "ls-files", "-z", "-c", "-o", "--exclude-standard"]
        git = subprocess.run(listing, capture_output=True, check=False)
        if git.returncode == 0 and (self.root / ".git").exists():
            names = [n for n in git.stdout.decode(errors="surrogateescape").split("\0") if n]
        else:
            found = [p.relative_to(self.root) for p in self.root.rglob("*")]
            names = [p.as_posix() for p in found if not BUILT.match(p.as_posix())]
        return sorted(n for n in set(names) if (self.root / n).is_file())


def includes(tree, path):
    """(line number, header, quoted?) of each #include."""
    for number, line in enumerate(tree.lines(path), 1):
        if found := INCLUDE.match(line):
            yield number, found[1] or found[2], bool(found[1])


def check_foreign(tree, path, number, header):
    for pattern, homes in FOREIGN:
        if not pattern.fullmatch(header):
            continue
        if not any(path.startswith(h) if h.endswith("/") else path == h for h in homes):
            tree.fault(path, number, f"includes {header}; only {' and '.join(homes)} may")


def folder_of(path):
    """The folder of lib/ that a file or header of it lies in: "base", "nftables/read"."""
    return path.removeprefix("lib/").rpartition("/")[0]


def check_entry(tree, path, number, header):
    entry = ENTRIES.get(folder_of(header))
    if entry and header != entry and folder_of(path) != folder_of(header):
        tree.fault(path, number, f'includes "{header}"; the way in is "{entry}"')


def check_lib_include(tree, path, number, header):
    own, other = folder_of(path), folder_of(header)
    if other not in FOLDERS:
        tree.fault(path, number, f'includes "{header}"; lib/ includes "FOLDER/FILE.h" of lib/ only')
    elif not (tree.root / "lib" / header).is_file():
        tree.fault(path, number, f'includes "{header}", which is not there')
    elif path.startswith(BLIND[0]) and other in BLIND[1]:
        tree.fault(path, number, f'includes "{header}"; {own} takes a ruleset, and knows no policy')
    elif FOLDERS.index(other) > FOLDERS.index(own):
        tree.fault(path, number, f'includes "{header}"; {own} comes before {other}')


def check_program_include(tree, path, number, header):
    own = path.split("/", maxsplit=1)[0]
    if folder_of(header) in FOLDERS:
        found = (tree.root / "lib" / header).is_file()
    else:
        found = header == "defaults.h" or ("/" not in header and (tree.root / own / header).is_file())
    if not found:
        tree.fault(
            path,
            number,
            f'includes "{header}"; {own}/ includes "FOLDER/FILE.h" of lib/, its own headers '
            "and defaults.h",
        )
    elif own in LIMITED and not {folder_of(header), header} & {*LIMITED[own], ""}:
        tree.fault(path, number, f'includes "{header}"; {own}/ has {", ".join(LIMITED[own])} only')


def check_includes(tree):
    for path in tree.code("lib"):
        if folder_of(path) not in FOLDERS:
            tree.fault(path, 1, f"is in no folder of lib/ that has a layer: {', '.join(FOLDERS)}")
            continue
        for number, header, quoted in includes(tree, path):
            check_foreign(tree, path, number, header)
            if quoted:
                check_lib_include(tree, path, number, header)
                check_entry(tree, path, number, header)
    for program in PROGRAMS:
        for path in tree.code(program):
            for number, header, quoted in includes(tree, path):
                check_foreign(tree, path, number, header)
                if quoted:
                    check_program_include(tree, path, number, header)
                    check_entry(tree, path, number, header)


def check_calls(tree):
    for path in (p for folder in ("lib", *PROGRAMS) for p in tree.code(folder)):
        for number, line in enumerate(tree.lines(path), 1):
            for pattern, home in CALLS:
                if path != home and (found := pattern.search(line)):
                    tree.fault(path, number, f"calls {found[0][:-1]}(); only {home} may")


def check_switches(tree):
    for path in (p for folder in ("lib", *PROGRAMS) for p in tree.code(folder)):
        for number, line in enumerate(tree.lines(path), 1):
            if DEFAULT.match(line) and not line.endswith(NO_ENUM):
                what = f'names no value; a switch over no enum of ours says "default: {NO_ENUM}"'
                tree.fault(path, number, what)


def check_methods(tree):
    if not (tree.root / METHODS).is_file():
        return
    table = {m for line in tree.lines(METHODS) for m in METHOD.findall(line)}
    asked = {}
    for path in (p for folder in ("lib", *PROGRAMS) for p in tree.code(folder) if p != METHODS):
        for number, line in enumerate(tree.lines(path), 1):
            for method in table.intersection(QUOTED.findall(line)):
                home = asked.setdefault(method, path) if path.startswith("ctl/") else METHODS
                if home != path:
                    tree.fault(path, number, f"names the method {method}; only {home} may")


def check_tests(tree):
    for path in tree.code("lib"):
        if not path.endswith(".c"):
            continue
        test = f"tests/unit/{folder_of(path)}/test_{path.rpartition('/')[2]}"
        if not (tree.root / test).is_file():
            tree.fault(path, 1, f"has no unit test {test}")


def is_source(tree, path):
    if path.startswith(NOT_SOURCES):
        return False
    if SOURCE_NAMES.fullmatch(path):
        return True
    if "." in path.rsplit("/", maxsplit=1)[-1]:
        return False
    with open(tree.root / path, "rb") as file:
        return bool(SHELL.match(file.readline(100)))


def check_licences(tree):
    for path in tree.files():
        if is_source(tree, path):
            head = tree.lines(path)[:LICENCE_WITHIN_LINES]
            if not any(LICENCE in line for line in head):
                tree.fault(path, 1, f"does not begin with {LICENCE}")


def check(root):
    """All faults, in the order of files and lines."""
    tree = Tree(root)
    check_includes(tree)
    check_calls(tree)
    check_switches(tree)
    check_methods(tree)
    check_tests(tree)
    check_licences(tree)
    return sorted(tree.faults)


# A tree for the self-test: path: (text, lines that are faulty).  A line "L" is the licence.
SAMPLE = {
    "lib/base/low.c": ('L\n#include "base/low.h"\n', ()),
    "lib/base/low.h": ("L\n", ()),
    "lib/base/up.c": ('L\n#include "net/high.h"\n', (2,)),
    "lib/net/high.h": ("L\n", ()),
    "lib/net/high.c": ('L\n#include "net/high.h"\n#include "base/low.h"\n', ()),
    "lib/net/gone.c": ('L\n#include "base/gone.h"\n', (2,)),
    "lib/net/flat.c": ('L\n#include "high.h"\n  #  include "../base/low.h"\n', (2, 3)),
    "lib/net/outside.c": (
        'L\n#include "daemon/log.h"\n#include "defaults.h"\n#include "ctl/verbs.h"\n',
        (2, 3, 4),
    ),
    "lib/net/untested.c": ("L\n", (1,)),
    "lib/odd/stray.c": ("L\n", (1, 1)),  # no layer, and no test
    "lib/config/ini.c": ("L\n#include <ini.h>\n", ()),
    "lib/config/role.c": ('L\n#include <ini.h>\n#include "ini.h"\n', (2, 3, 3)),
    "lib/netlink/nfsock.h": ("L\n#include <libmnl/libmnl.h>\n", ()),
    "lib/nftables/encode/emit.c": ("L\n#include <libnftnl/rule.h>\n", ()),
    "lib/nftables/read/dump.c": ("L\n\tr = nftnl_set_nlmsg_parse(nlh, set);\n", ()),
    "lib/others/read.c": ("L\n\tr = nftnl_set_nlmsg_parse(nlh, set);\n", (2,)),
    "lib/nftables/encode/rule.c": (
        "L\n\tdefault: /* no enum of ours */\n\tdefault:\n\tdefault : /* other */\n"
        "/* default: 22 */\n",
        (3, 4),
    ),
    "ctl/options.c": ("L\n\t\tdefault:\n", (2,)),
    "lib/host/dump.c": ("L\n#include <libmnl/libmnl.h>\n#include <libnftnl/rule.h>\n", (3,)),
    "lib/nftables/encode/low.c": ('L\n#include "nftables/read/high.h"\n', (2,)),
    "lib/nftables/read/high.h": ("L\n", ()),
    "lib/config/policy.h": ("L\n", ()),
    "lib/compile/compile.h": ('L\n#include "config/policy.h"\n', ()),
    "lib/nftables/change/apply.c": (
        'L\n#include "config/policy.h"\n#include "compile/compile.h"\n#include "net/high.h"\n',
        (2, 3),
    ),
    "lib/netlink/live.c": ('L\n#include "config/policy.h"\n', (2,)),
    "lib/nftables/stray.c": ("L\n", (1, 1)),  # between the folders
    "lib/ruleset/show.c": ("L\n#include <libnftnl/rule.h>\n#include <libmnl/libmnl.h>\n", (2, 3)),
    "lib/ruleset/bus.c": ("L\n#include <systemd/sd-bus.h>\n", (2,)),
    "lib/bus/message.c": ("L\n#include <systemd/sd-bus.h>\n", ()),
    "lib/names/answer.c": ("L\n#include <ares.h>\n#include <ares_dns.h>\n", (2, 3)),
    "reader/asking.c": (
        'L\n#include <ares.h>\n#include <systemd/sd-event.h>\n#include "base/low.h"\n'
        '#include "defaults.h"\n#include "config/policy.h"\n#include "netlink/nfsock.h"\n',
        (6, 7),
    ),
    "daemon/main.c": (
        'L\n#include <systemd/sd-event.h>\n#include "log.h"\n#include "defaults.h"\n'
        '#include "netlink/nfsock.h"\n#include "verbs.h"\n',
        (6,),
    ),
    "daemon/log.h": ("L\n", ()),
    "daemon/commands.c": ('L\n\tMETHOD("Reload", "", "b", on_reload),\n', ()),
    "daemon/client.c": ('L\n\tname(x, "Reload");\n\tname(x, "Reloaded");\n', (2,)),
    "ctl/reload.c": ('L\n\t\t.method = "Reload",\n', ()),
    "ctl/reload2.c": ('L\n\t\t.method = "Reload",\n', (2,)),
    "lib/others/others.h": ('L\n#include "others/survey.h"\n', ()),
    "lib/others/survey.h": ("L\n", ()),
    "daemon/survey.c": ('L\n#include "others/others.h"\n#include "others/survey.h"\n', (3,)),
    "ctl/main.c": (
        'L\n#include "verbs.h"\n#include "base/low.h"\n#include <systemd/sd-bus.h>\n'
        "#include <libmnl/libmnl.h>\n",
        (4, 5),
    ),
    "ctl/verbs.h": ("L\n", ()),
    "ctl/client.c": ("L\n#include <systemd/sd-bus.h>\n#include <libmnl/libmnl.h>\n", (3,)),
    "ctl/client.h": ("L\n#include <systemd/sd-bus.h>\n", (2,)),
    "defaults.h.in": ("#define X\n", (1,)),
    "CMakeLists.txt": ("project(x)\n", (1,)),
    "cmake/x.cmake": ("\n\n\nL\n", (1,)),
    "scripts/tool": ("#!/bin/bash\necho\n", (1,)),
    "scripts/other": ("#!/bin/bash\nL\n", ()),
    "scripts/x.py": ("#!/usr/bin/python3\n# SPDX-License-Identifier: MIT\n", (1,)),
    "scripts/y.sh": ("", (1,)),
    "conf/x.conf": ("[role]\n", (1,)),
    ".ci/x.yml": ("on: push\n", (1,)),
    "README.md": ("no licence needed\n", ()),
    "tests/golden/cases/x/rolewall.conf": ("[host]\n", ()),
}


def self_test():
    """Mismatches between what is wrong with SAMPLE and what is found."""
    wanted = sorted((path, line) for path, (_, lines) in SAMPLE.items() for line in lines)
    with tempfile.TemporaryDirectory() as root:
        tests = {
            f"tests/unit/{folder_of(path)}/test_{path.rpartition('/')[2]}"
            for path in SAMPLE
            if path.startswith("lib/") and path.endswith(".c") and "untested" not in path
            and not path.startswith(("lib/odd/", "lib/nftables/stray"))
        }
        for path, text in [(p, t) for p, (t, _) in SAMPLE.items()] + [(t, "L\n") for t in tests]:
            file = Path(root, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(re.sub(r"^L$", f"/* {LICENCE} */", text, flags=re.MULTILINE))
        found = [(path, line) for path, line, _ in check(root)]
    missed = [f"missed {p}:{n}" for p, n in subtract(wanted, found)]
    return missed + [f"invented {p}:{n}" for p, n in subtract(found, wanted)]


def subtract(some, others):
    rest = list(others)
    return [s for s in some if s not in rest or rest.remove(s)]


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} SOURCE_DIR | --self-test")
    if wrong := self_test():
        print(*(f"self-test: {w}" for w in wrong), sep="\n")
        return 1
    faults = [] if sys.argv[1] == "--self-test" else check(sys.argv[1])
    for path, line, what in faults:
        print(f"{path}:{line}: {what}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
