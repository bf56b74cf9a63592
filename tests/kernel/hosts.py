# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts for the kernel tests: network namespaces, wires, servers and the daemon.

A Lab owns everything that a test makes (namespaces, processes, a directory) and takes it
away again, whatever ends the test: success, an exception, SIGINT, SIGTERM.  Names of
namespaces carry the pid of the test, so that several tests run side by side.

Hosts are joined by wires (veth pairs), not by a bridge: a kernel with bridge netfilter
would run the host's own iptables rules over bridged packets.  Every host reaches all of
10.0.0.0/8 and 2001:db8::/32 on its wire without a router, so one namespace can stand
for a dozen peers at once: it only needs their addresses.

Nothing here sleeps.  What has to be waited for says so: servers print `ready`, the daemon
sends READY=1 to a notify socket of ours, processes end; and every wait has a limit after
which the test fails and shows the daemon's messages.

What it needs comes from the environment, or from NAME=VALUE arguments:

    SOURCE_DIR   the source tree        (two folders up from here)
    ROLEWALLD    the daemon             (SOURCE_DIR/build/rolewalld)
    ROLEWALLCTL  the operator's tool    (SOURCE_DIR/build/rolewallctl)
    PROBE        probe.c, built         (SOURCE_DIR/build/probe)

PATIENCE in the environment makes every limit so many times as long, for a machine that is slow.
FULL_LENGTH=1 lets floods and kills take as many rounds as length() is told first; without it, as
many as show what breaks often.
"""

import atexit
import contextlib
import ctypes
import ipaddress
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SKIPPED = 77
CLONE_NEWNET = 0x40000000
NETLINK_NETFILTER, IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST_ACK = 12, 1 << 8 | 2, 5
PATIENCE = float(os.environ.get("PATIENCE", "1"))
WAIT_SECONDS = 30 * PATIENCE  # for things that take milliseconds: reaching it is a failure
RUN_SECONDS = 60 * PATIENCE
PREFIXES = ("10.0.0.0/8", "2001:db8::/32")

FULL_LENGTH = os.environ.get("FULL_LENGTH") == "1"

_SETTINGS = ("SOURCE_DIR", "ROLEWALLD", "ROLEWALLCTL", "PROBE", "SCARCE")


def setting(name):
    """The path in force for one of _SETTINGS."""
    source = pathlib.Path(__file__).resolve().parents[2]
    if name == "SOURCE_DIR":
        return pathlib.Path(os.environ.get(name, source)).resolve()
    built = setting("SOURCE_DIR") / "build" / name.lower()
    return pathlib.Path(os.environ.get(name, built)).resolve()


def length(full, short):
    """How many rounds of the same: all that count, or as many as an everyday run has time for."""
    return full if FULL_LENGTH else short


class LabError(Exception):
    """The machinery of a test failed, as opposed to what it tests."""


# ---- ending well ---------------------------------------------------------------------


class Terminated(KeyboardInterrupt):
    """SIGTERM.  unittest lets nothing but a KeyboardInterrupt end a run."""


_open_labs = []


def _terminate(signum, frame):
    raise Terminated(signum)


@atexit.register
def _close_labs():
    for lab in reversed(_open_labs[:]):
        lab.close()


class _Result(unittest.TextTestResult):
    """Tells scripts/test of each test that is skipped: what is left out is counted at the end."""

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if path := os.environ.get("SKIPPED_TESTS"):
            with open(path, "a", encoding="utf-8") as file:
                print(f"{pathlib.Path(sys.argv[0]).stem}: {test}: {reason}", file=file)


def main():
    """What each test file ends with."""
    rest = [sys.argv[0]]
    for argument in sys.argv[1:]:
        name, equals, value = argument.partition("=")
        if equals and name in _SETTINGS:
            os.environ[name] = value
        else:
            rest.append(argument)
    if os.geteuid() != 0:
        print("SKIPPED: needs root")
        sys.exit(SKIPPED)
    for name in ("ROLEWALLD", "PROBE"):
        if not os.access(setting(name), os.X_OK):
            sys.exit(f"{setting(name)}: not there; set {name}")
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    unittest.main(argv=rest, testRunner=unittest.TextTestRunner(resultclass=_Result))


def close(descriptor):
    """Of a kept socket, as a service manager does when it keeps it no longer."""
    os.close(descriptor)


# ---- processes -----------------------------------------------------------------------


def _wait_readable(descriptors, deadline):
    """Those of the descriptors that can be read, [] at the deadline."""
    left = max(0, deadline - time.monotonic())
    return select.select(descriptors, [], [], left)[0]


class Process:
    """A program inside a namespace, talked to by lines.

    nsenter replaces itself with the program, so the pid is the program's."""

    def __init__(self, host, argv, stderr=None, pass_fds=()):
        self.argv = [str(a) for a in argv]
        self._buffer = b""
        self._popen = subprocess.Popen(
            host.enter(*argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            pass_fds=pass_fds,
        )

    def write(self, text):
        self._popen.stdin.write(text.encode())
        self._popen.stdin.flush()

    def line(self, seconds=WAIT_SECONDS):
        """The next line that the program prints."""
        deadline = time.monotonic() + seconds
        out = self._popen.stdout
        while b"\n" not in self._buffer:
            if not _wait_readable([out], deadline):
                raise LabError(f"{self.argv}: no answer in {seconds} s")
            more = os.read(out.fileno(), 65536)
            if not more:
                raise LabError(f"{self.argv}: ended, status {self._popen.wait()}")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()

    def pid(self):
        return self._popen.pid

    def signal(self, number):
        self._popen.send_signal(number)

    def wait(self, seconds=WAIT_SECONDS):
        """The exit status; negative: the signal that ended it."""
        return self._popen.wait(seconds)

    def cpu_seconds(self):
        """What it has used so far."""
        stat = pathlib.Path(f"/proc/{self._popen.pid}/schedstat").read_text(encoding="ascii")
        return int(stat.split()[0]) / 1e9

    def ended(self):
        return self._popen.poll() is not None

    def end(self):
        """Ends the program whatever it is doing; harmless when it has ended."""
        if not self.ended():
            self._popen.terminate()
            self._popen.send_signal(signal.SIGCONT)  # a test may have stopped it
            try:
                self._popen.wait(WAIT_SECONDS)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
        self._popen.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            self._popen.stdin.close()


class Hold(Process):
    """`probe hold`: tcp sessions that stay open.  Numbers count from 1."""

    def __init__(self, host, count, source, destination, port, timeout_ms=1000):
        super().__init__(
            host,
            [setting("PROBE"), "hold", "--timeout", round(timeout_ms * PATIENCE)]
            + [count, source, destination, port],
        )
        self.opened = [self.line() for _ in range(count)]

    def _ask(self, order):
        self.write(order + "\n")
        return self.line()

    def one(self):
        """Opens one more: "held K" or "refused K RESULT"."""
        return self._ask("one")

    def close_session(self, number):
        answer = self._ask(f"close {number}")
        if answer != f"closed {number}":
            raise LabError(answer)

    def alive(self, number):
        answer = self._ask(f"echo {number}")
        if answer not in (f"echo {number} ok", f"echo {number} dead"):
            raise LabError(answer)
        return answer.endswith(" ok")


# ---- the daemon ----------------------------------------------------------------------


class Daemon(Process):
    """rolewalld in a namespace, started and reloaded the way a service manager does it.

    What it gives into keeping (FDSTORE=1) is kept by its name; given to the next one, it is
    handed over as sd_listen_fds(3) says.  kept_socket is the one that may own the table.  Each
    has directories for its state and of its own, unless it is given them."""

    OWNER = "nftables"

    def __init__(
        self,
        host,
        config,
        program=None,
        wrap=(),
        roles_dir=None,
        arguments=(),
        kept_socket=None,
        state=None,
        kept=None,
        runtime=None,
    ):
        self._lab = host.lab
        self._given = []  # into keeping
        self.kept = dict(kept or {})  # what is handed over stays the caller's
        if kept_socket is not None:
            self.kept[self.OWNER] = kept_socket
        wrap = (*self._hand_over(), *wrap)
        number = host.lab.next_number()
        directory = host.lab.directory
        self._stderr_path = directory / f"daemon-{number}.stderr"
        self._notify_path = directory / f"notify-{number}"
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(self._notify_path))
        self._notify_path.chmod(0o666)
        self._said = []
        self.state = state = state or directory / f"state-{number}"
        self.runtime = runtime or directory / f"run-{number}"
        environment = ["env", "-u", "JOURNAL_STREAM", "-u", "INVOCATION_ID"]
        environment += [f"NOTIFY_SOCKET={self._notify_path}"]
        directories = (("STATE_DIRECTORY", state), ("RUNTIME_DIRECTORY", self.runtime))
        for variable, path in directories:
            path.mkdir(exist_ok=True)
            path.chmod(0o777)
            environment += [f"{variable}={path}"]
        roles_dir = roles_dir or setting("SOURCE_DIR") / "conf" / "roles"
        with open(self._stderr_path, "wb") as stderr:
            super().__init__(
                host,
                [*wrap, *environment, program or setting("ROLEWALLD")]
                + ["--config-dir", config.directory, "--roles-dir", roles_dir, *arguments],
                stderr=stderr,
                pass_fds=tuple(self.kept.values()),
            )

    @property
    def kept_socket(self):
        return self.kept.get(self.OWNER)

    def _hand_over(self):
        """What turns into a program that has what is kept, from descriptor 3 on."""
        if not self.kept:
            return ()
        names = ":".join(self.kept)
        listen = f"LISTEN_PID=$$ LISTEN_FDS={len(self.kept)} LISTEN_FDNAMES={names}"
        # first out of the way, since the one may be where the other is to go
        moves = "".join(f" {50 + i}<&{fd}" for i, fd in enumerate(self.kept.values()))
        moves += "".join(f" {3 + i}<&{50 + i} {50 + i}<&-" for i in range(len(self.kept)))
        return "bash", "-c", f'{listen} exec "$@"{moves}', "bash"

    def stderr(self):
        return self._stderr_path.read_text(errors="replace")

    def said(self, since, words):
        """Waits until the daemon has said the words; all that it said since a length of
        stderr()."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            text = self.stderr()[since:]
            if words in text and text.endswith("\n"):
                return text
            if time.monotonic() > deadline:
                raise LabError(f"daemon: never said {words!r}: {text!r}")
            select.select([], [], [], 0.002)  # a file cannot be waited for

    def _keep(self, words, descriptors):
        names = [w.partition("=")[2] for w in words if w.startswith("FDNAME=")]
        for descriptor in descriptors:
            if "FDSTORE=1" in words:
                self.kept[names[0]] = descriptor
                self._given.append(descriptor)
            else:  # BARRIER=1: closing is the answer
                os.close(descriptor)
        if "FDSTOREREMOVE=1" in words and (gone := self.kept.pop(names[0], None)) in self._given:
            os.close(gone)

    def _next_words(self, deadline):
        """One message of the daemon to its service manager, None if it ended instead."""
        watch = os.pidfd_open(self._popen.pid)
        try:
            ready = _wait_readable([self._notify, watch], deadline)
        finally:
            os.close(watch)
        if self._notify in ready:
            data, descriptors, _, _ = socket.recv_fds(self._notify, 65536, 16)
            words = data.decode().splitlines()
            self._keep(words, descriptors)
            self._said += words
            return words
        if ready:
            return None
        raise LabError(f"daemon: {self._said} and then nothing\n{self.stderr()}")

    def outcome(self, word="READY=1"):
        """The word, as soon as the daemon has said it; or the exit status of a daemon
        that ended instead."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (words := self._next_words(deadline)) is not None:
            if word in words:
                return word
        return self.wait()

    def _wait_for(self, word):
        if (outcome := self.outcome(word)) != word:
            raise LabError(f"daemon: ended, status {outcome}\n{self.stderr()}")

    def wait_ready(self):
        self._wait_for("READY=1")
        return self

    def announced(self):
        """The words that it has said to its service manager so far."""
        return list(self._said)

    def reload(self):
        """SIGHUP, and waits until the daemon has dealt with it, well or not."""
        self.signal(signal.SIGHUP)
        self._wait_for("RELOADING=1")
        self._wait_for("READY=1")

    def listen_no_more(self):
        """Throws away what it says to its service manager from now on.  Somebody must hear it: a
        daemon that nobody listens to is stopped by its tenth word."""

        def throw_away():
            with contextlib.suppress(OSError):
                while self._notify.recv(65536):
                    pass

        threading.Thread(target=throw_away, daemon=True).start()

    def ask(self, *arguments):
        """rolewallctl with this daemon's socket; the whole result."""
        program = [setting("ROLEWALLCTL"), "--runtime-dir", self.runtime]
        return subprocess.run(
            [*program, *arguments], capture_output=True, text=True, timeout=60, check=False
        )

    def stop(self):
        """SIGTERM; the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def end(self):
        super().end()
        with contextlib.suppress(OSError):
            self._notify.shutdown(socket.SHUT_RD)  # wakes who listens
        self._notify.close()


class Config:
    """A configuration directory: rolewall.conf and what lies beside it."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(mode=0o755, parents=True)

    def file(self, name, text):
        """Writes DIR/name, as a whole: a reload sees the old file or the new one."""
        path = self.directory / name
        path.parent.mkdir(mode=0o755, exist_ok=True)
        new = path.with_name(path.name + ".new")
        new.write_text(text)
        new.chmod(0o644)
        new.rename(path)
        return path

    def write(self, roles, peers, management=(), **host_keys):
        """rolewall.conf: peers is {party: [address, ...]}."""
        lines = ["[host]", f"roles = {roles}"]
        lines += [f"{key} = {value}" for key, value in host_keys.items()]
        if management:
            lines += ["[management]", f"from = {', '.join(management)}"]
        for party, addresses in peers.items():
            lines += [f"[peer {party}]", f"address = {', '.join(addresses) or 'none'}"]
        return self.file("rolewall.conf", "\n".join(lines) + "\n")


# ---- hosts ---------------------------------------------------------------------------

_SYSCTLS = """
net/ipv4/icmp_ratelimit 0
net/ipv6/icmp/ratelimit 0
net/ipv6/conf/all/accept_dad 0
net/ipv6/conf/default/accept_dad 0
net/ipv4/ip_local_port_range 20000 31999
"""


# nft 1.0.6 ends by SIGABRT when asked for one as JSON
_CT_TIMEOUT = re.compile(
    r"\tct timeout (\S+) \{\s+protocol (\S+)\s+l3proto (\S+)\s+policy = \{ (.*?) \}"
)


def _ct_timeout(family, table, name, protocol, l3proto, policy):
    seconds = dict(p.split(" : ") for p in policy.split(", "))
    return {
        "ct timeout": {
            "family": family,
            "table": table,
            "name": name,
            "protocol": protocol,
            "l3proto": l3proto,
            "policy": {state: int(s.removesuffix("s")) for state, s in seconds.items()},
        }
    }


class Host:
    """One network namespace.

    The kernel's own limits on ICMP errors are off: the only limit that shows is the one
    of the firewall.  Ephemeral ports stay clear of the ports that the tests probe."""

    def __init__(self, lab, name):
        self.lab = lab
        self.name = name
        self.namespace = f"rolewall-{os.getpid()}-{lab.next_number()}-{name}"
        _check("ip", "netns", "add", self.namespace)
        lab.namespaces.append(self.namespace)
        self.ip("link set lo up")
        for line in _SYSCTLS.split("\n")[1:-1]:
            self.sysctl(*line.split(maxsplit=1))

    def enter(self, *argv):
        return ["nsenter", f"--net=/run/netns/{self.namespace}", "--", *map(str, argv)]

    @contextlib.contextmanager
    def inside(self):
        """Sockets that this thread makes meanwhile belong to this host."""
        libc = ctypes.CDLL(None, use_errno=True)

        def enter(namespace):
            if libc.setns(namespace.fileno(), CLONE_NEWNET) < 0:
                raise LabError(f"setns: {os.strerror(ctypes.get_errno())}")

        with open("/proc/thread-self/ns/net") as before, open(f"/run/netns/{self.namespace}") as ns:
            enter(ns)
            try:
                yield
            finally:
                enter(before)

    def forget_connections(self):
        """Empties the connection tracker, as conntrack -F does: a request to delete that names
        none."""
        flush = struct.pack("IHHIIBBH", 20, IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST_ACK, 1, 0, 0, 0, 0)
        with self.inside(), socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER
        ) as s:
            s.send(flush)
            error = -struct.unpack_from("i", s.recv(4096), 16)[0]
        if error:
            raise LabError(f"cannot empty the tracker: {os.strerror(error)}")

    def run(self, *argv, text_in="", check=True):
        """Runs a program to its end; its stdout, or with check=False the whole result."""
        done = subprocess.run(
            self.enter(*argv), input=text_in, capture_output=True, text=True, timeout=RUN_SECONDS
        )
        if not check:
            return done
        if done.returncode:
            raise LabError(f"{self.name}: {argv}: status {done.returncode}\n{done.stderr}")
        return done.stdout

    def ip(self, *commands):
        _check("ip", "-n", self.namespace, "-batch", "-", text_in="\n".join(commands) + "\n")

    def sysctl(self, name, value):
        self.run("sh", "-c", 'echo "$2" > "/proc/sys/$1"', "sh", name, value)

    def address(self, *addresses, link="eth0"):
        commands = []
        for a in map(ipaddress.ip_address, addresses):
            dad = " nodad" if a.version == 6 else ""
            commands.append(f"address add {a}/{a.max_prefixlen} dev {link}{dad}")
        self.ip(*commands)

    def nft(self, script):
        self.run("nft", "-f", "-", text_in=script)

    def nft_json(self, kind, *what):
        """What `nft -j list` says of a table or another object.

        nft 1.0.6 prints memory that it has freed for the flags of a table that has one, and at times
        stops there, with status 0.  Then the objects of the table are asked for, one by one.
        """
        listing = self.run("nft", "-j", "list", kind, *what)
        try:
            json.loads(listing)
        except json.JSONDecodeError:
            if kind != "table":
                raise
            listing = self._nft_json_by_object(*what)
        return listing

    def _nft_json_by_object(self, family, table):
        text = self.run("nft", "--stateless", "list", "table", family, table)
        items = [{"table": {"family": family, "name": table}}]
        items += [_ct_timeout(family, table, *words) for words in _CT_TIMEOUT.findall(text)]
        named = re.findall(r"(?m)^\t(counter|set|map|chain) (\S+) \{", text)
        for kind, name in sorted(named, key=lambda n: n[0] == "chain"):
            listed = json.loads(self.run("nft", "-j", "list", kind, family, table, name))
            items += [i for i in listed["nftables"] if "metainfo" not in i]
        return json.dumps({"nftables": items})

    def list_table(self, family, name):
        """As text, without what traffic changes; None if there is no such table."""
        done = self.run("nft", "list", "table", family, name, check=False)
        if done.returncode:
            return None
        # whose the table is, is another matter; nft shows an orphan's owner with NULs
        text = re.sub(r"(?m)^(table \S+ \S+ \{).*\n(\tflags .*\n)?", r"\1\n", done.stdout)
        return re.sub(r"packets \d+ bytes \d+", "packets N bytes N", text)

    def serve(self, listeners):
        """Echoes on [(protocol, address, port)]; returns when all of them listen."""
        server = self.lab.started(Process(self, [setting("PROBE"), "serve"]))
        lines = [f"{protocol} {address} {port}\n" for protocol, address, port in listeners]
        server.write("".join(lines) + "\n")
        if server.line() != "ready":
            raise LabError("probe serve is not ready")
        return server

    def connect(self, attempts, timeout_ms=400):
        """Tries all [(protocol, source, destination, port)] at once; {attempt: result}."""
        attempts = list(attempts)
        lines = [" ".join(map(str, a)) + "\n" for a in attempts]
        out = self.run(
            *(setting("PROBE"), "connect", "--timeout", round(timeout_ms * PATIENCE)),
            text_in="".join(lines),
        ).splitlines()
        results = {}
        for attempt, line, answer in zip(attempts, lines, out, strict=True):
            asked, _, result = answer.rpartition(" ")
            if asked != line.strip():
                raise LabError(f"asked {line!r}, answered {answer!r}")
            results[attempt] = result
        return results

    def connect_one(self, protocol, source, destination, port, timeout_ms=400):
        attempt = (protocol, source, destination, port)
        return self.connect([attempt], timeout_ms)[attempt]

    def hold(self, count, source, destination, port, timeout_ms=1000):
        return self.lab.started(Hold(self, count, source, destination, port, timeout_ms))

    def pings(self, source, destination):
        """True if one echo request is answered within a second."""
        argv = ["ping", "-q", "-n", "-c1", f"-W{PATIENCE}", "-I", source, destination]
        done = self.run(*argv, check=False)
        if done.returncode not in (0, 1):
            raise LabError(f"{argv}: status {done.returncode}\n{done.stderr}")
        return done.returncode == 0

    def start_daemon(self, config, **options):
        """rolewalld, not yet waited for."""
        return self.lab.started(Daemon(self, config, **options))

    def daemon(self, config, **options):
        """rolewalld, ready."""
        return self.start_daemon(config, **options).wait_ready()


def _check(*argv, text_in=""):
    done = subprocess.run(argv, input=text_in, capture_output=True, text=True, timeout=RUN_SECONDS)
    if done.returncode:
        raise LabError(f"{argv}: status {done.returncode}\n{done.stderr}")


class Lab:
    """Hosts, wires, processes and a directory, for the length of a with statement."""

    def __enter__(self):
        self.namespaces = []
        self._processes = []
        self._number = 0
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="rolewall-lab-"))
        self.directory.chmod(0o755)
        _open_labs.append(self)
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Takes everything away, as far as it exists; a second call finds nothing."""
        while self._processes:
            self._processes.pop().end()
        while self.namespaces:
            _check("ip", "netns", "delete", self.namespaces.pop())
        shutil.rmtree(self.directory, ignore_errors=True)
        if self in _open_labs:
            _open_labs.remove(self)

    def next_number(self):
        self._number += 1
        return self._number

    def started(self, process):
        self._processes.append(process)
        return process

    def host(self, name):
        return Host(self, name)

    def config(self):
        return Config(self.directory / f"config-{self.next_number()}")

    def wire(self, one, other, link_one="eth0", link_other="eth0", prefixes=PREFIXES):
        """A veth pair, up at both ends, with the prefixes on link."""
        _check(
            *["ip", "link", "add", link_one, "netns", one.namespace, "type", "veth"],
            *["peer", "name", link_other, "netns", other.namespace],
        )
        for host, link in ((one, link_one), (other, link_other)):
            routes = [f"route add {p} dev {link}" for p in prefixes]
            host.ip(f"link set {link} up", *routes)


def wildcards(ports):
    """Listeners on all addresses of both families, for [(protocol, port)]."""
    return [(protocol, a, port) for protocol, port in sorted(ports) for a in ("0.0.0.0", "::")]
