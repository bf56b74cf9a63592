# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo itself; scripts/demo gets the machine ready and starts it.

Hosts are network namespaces on one switch, made and taken away by the machinery of the
kernel tests (tests/kernel/hosts.py).  Each connection is asked of `rolewallctl explain` and
then opened for real; where the two disagree, the demo says so and fails.

Everything is watched by event: the daemon's READY=1, the servers' "ready", the end of
processes.  Nothing here runs nft outside of its own namespaces, except to read: the
host's ruleset is compared before and after.
"""

import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(SOURCE / "tests" / "kernel"))
os.environ["SOURCE_DIR"] = str(SOURCE)
for variable, program in (("ROLEWALLD", "rolewalld"), ("ROLEWALLCTL", "rolewallctl")):
    os.environ[variable] = str(SOURCE / "build" / program)
os.environ["PROBE"] = str(SOURCE / "build" / "probe")

import dns  # noqa: E402
import hosts  # noqa: E402

WIDTH = 96
PR_SET_CHILD_SUBREAPER = 36

# host: IPv4, IPv6, and the ports that something listens on
HOSTS = {
    "proxy": ("10.20.0.1", "2001:db8:20::1", (22, 4422, 4423, 4489, 6520)),
    "app-server": ("10.20.0.10", "2001:db8:20::10", (443, 6520)),
    "ssh-client": ("10.2.0.22", "2001:db8:2::22", ()),
    "rdp-client": ("10.2.1.89", "2001:db8:2:1::89", ()),
    "windows": ("10.30.0.7", "2001:db8:30::7", (3389, 5985)),
    "linux": ("10.40.0.7", "2001:db8:40::7", (22,)),
    "updates": ("10.50.0.1", "2001:db8:50::1", (8443,)),
    "admin": ("10.0.9.5", "2001:db8:9::5", ()),
    "unknown": ("10.99.0.1", "2001:db8:99::1", (22, 443)),
}

CONFIG = """\
[host]
roles = proxy
names-ttl-floor = 1 s

[management]
from = 10.0.9.0/24, 2001:db8:9::/64

[peer app-server]
address = 10.20.0.10, 2001:db8:20::10
[peer ssh-client]
address = 10.2.0.0/24, 2001:db8:2::/64
[peer rdp-client]
address = 10.2.1.0/24, 2001:db8:2:1::/64
[peer windows-host]
address = 10.30.0.0/16, 2001:db8:30::/48
[peer linux-host]
address = 10.40.0.1-10.40.0.9, 2001:db8:40::/48

[flow updates]
port = 8443
protocol = tcp
source = this-host
target = update-server
[peer update-server]
name = updates.example.com
private = yes
"""

NAME, MOVES = "updates.example.com", ("10.50.0.1", "10.50.0.2", "10.50.0.3")
RESOLVER, UPDATES = "127.0.0.1", 8443

IPV4, IPV6 = 0, 1

# from, to, protocol, port, family
CONNECTIONS = (
    ("ssh-client", "proxy", "tcp", 4422, IPV4),
    ("ssh-client", "proxy", "tcp", 4422, IPV6),
    ("ssh-client", "proxy", "tcp", 4423, IPV4),
    ("ssh-client", "proxy", "tcp", 4489, IPV4),
    ("ssh-client", "proxy", "udp", 4422, IPV4),
    ("rdp-client", "proxy", "tcp", 4489, IPV4),
    ("rdp-client", "proxy", "tcp", 4489, IPV6),
    ("admin", "proxy", "tcp", 22, IPV4),
    ("ssh-client", "proxy", "tcp", 22, IPV4),
    ("unknown", "proxy", "tcp", 4422, IPV4),
    ("unknown", "proxy", "tcp", 4422, IPV6),
    ("unknown", "proxy", "tcp", 22, IPV4),
    ("unknown", "proxy", "ping", None, IPV4),
    ("unknown", "proxy", "ping", None, IPV6),
    ("app-server", "proxy", "tcp", 6520, IPV4),
    ("proxy", "app-server", "tcp", 6520, IPV4),
    ("proxy", "app-server", "tcp", 443, IPV4),
    ("proxy", "windows", "tcp", 3389, IPV4),
    ("proxy", "windows", "tcp", 3389, IPV6),
    ("proxy", "windows", "tcp", 5985, IPV4),
    ("proxy", "linux", "tcp", 22, IPV4),
    ("proxy", "linux", "tcp", 22, IPV6),
    ("proxy", "unknown", "tcp", 22, IPV4),
    ("proxy", "unknown", "tcp", 443, IPV6),
)

REAL_WORDS = {
    "open": "connected",
    "reset": "reset",
    "unreachable": "ICMP error",
    "silent": "no answer",
}


class DemoError(Exception):
    """Ends the demo with one line."""


# ---- ending well -----------------------------------------------------------------------


def supervise(work):
    """Runs work() in a child and takes away what it leaves, whatever ends it; the status.

    A signal that interrupts Python anywhere can lose what was being made just then.  So this
    process makes nothing, and takes signals only when it asks for them.  As a subreaper it
    inherits orphans: when it has no children left, nothing of the demo runs any more."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    ends = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    for number in ends:
        signal.signal(number, signal.SIG_DFL)  # a background job begins with some ignored
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ends | {signal.SIGCHLD})
    tempfile.tempdir = tempfile.mkdtemp(prefix="rolewall-demo-")
    os.chmod(tempfile.tempdir, 0o755)
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        sys.exit(work())
    status = None
    while status is None:
        number = signal.sigwait(ends | {signal.SIGCHLD})
        if number in ends:
            status = 128 + number
        elif os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    clean_up(child)
    return status


def clean_up(child):
    """The child's processes, its namespaces, which have its pid in their names, its files."""
    try:
        os.killpg(child, signal.SIGTERM)
    except ProcessLookupError:
        pass
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass
    for namespace in pathlib.Path("/run/netns").glob(f"rolewall-{child}-*"):
        subprocess.run(["ip", "netns", "delete", namespace.name], check=False)
    shutil.rmtree(tempfile.tempdir)


# ---- saying things -----------------------------------------------------------------------


def heading(text):
    print(f"\n==== {text} {'=' * (WIDTH - len(text) - 6)}", flush=True)


def colour(text, good):
    if not sys.stdout.isatty():
        return text
    return f"\033[{32 if good else 31}m{text}\033[0m"


def fold(line):
    """A row too wide for the screen, in two: its last columns below, indented."""
    columns = re.split(r" {2,}", line.strip())
    if len(line) <= WIDTH or len(columns) < 3:
        return line
    return f"{line[: line.rindex(columns[-2])].rstrip()}\n      {'  '.join(columns[-2:])}"


# ---- preparing -----------------------------------------------------------------------------


def build():
    print("building …", flush=True)
    targets = ["--target", "rolewalld", "rolewallctl", "rolewall-reader", "probe"]
    done = subprocess.run([SOURCE / "scripts" / "build", "build", *targets], check=False)
    if done.returncode:
        raise DemoError("the build failed")


def host_ruleset():
    """Of this machine, not of the demo; read only, and without counts and times."""
    done = subprocess.run(["nft", "-s", "list", "ruleset"], capture_output=True, text=True)
    if done.returncode:
        raise DemoError(f"nft cannot list this machine's rules: {done.stderr.strip()}")
    return re.sub(r" expires [0-9a-z]+", "", done.stdout)


def make_network(lab):
    """All hosts on one switch, everybody on link."""
    switch = lab.host("switch")
    switch.ip("link add bridge type bridge mcast_snooping 0", "link set bridge up")
    network = {}
    for name, (ipv4, ipv6, ports) in HOSTS.items():
        host = network[name] = lab.host(name)
        lab.wire(host, switch, link_other=name, prefixes=())
        switch.ip(f"link set {name} master bridge")
        host.address(ipv4, ipv6)
        host.ip(*(f"route add {prefix} dev eth0" for prefix in hosts.PREFIXES))
        host.serve(hosts.wildcards({(p, port) for p in ("tcp", "udp") for port in ports}))
    return network


# ---- the two columns ---------------------------------------------------------------------


class Proxy:
    """The host with the firewall, and what its operator would type."""

    def __init__(self, lab, host):
        self.host = host
        # linked side by side, so that places are short: etc/rolewall.conf:2
        self.directory = lab.directory
        config = lab.config()
        self.config_file = config.file("rolewall.conf", CONFIG)
        (self.directory / "etc").symlink_to(config.directory)
        (self.directory / "roles").symlink_to(SOURCE / "conf" / "roles")
        self.config = config

    def ctl(self, *arguments):
        return subprocess.run(
            self.host.enter(
                *[hosts.setting("ROLEWALLCTL"), "--config-dir", "etc", "--roles-dir", "roles"],
                *arguments,
            ),
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=hosts.WAIT_SECONDS,
        )

    def start(self):
        started = time.monotonic()
        self.daemon = self.host.daemon(self.config)
        return time.monotonic() - started

    def start_reader(self, resolver):
        """With a resolv.conf and a hosts file of its own."""
        etc = self.directory / "reader-etc"
        etc.mkdir()
        (etc / "resolv.conf").write_text(f"nameserver {resolver}\n")
        (etc / "hosts").write_text("")
        inside = 'mount --bind "$1" /etc && shift && exec "$@"'
        reader = [SOURCE / "build" / "rolewall-reader", "--runtime-dir", self.daemon.runtime]
        with open(self.directory / "reader.stderr", "wb") as said:
            argv = ["unshare", "--mount", "sh", "-c", inside, "sh", etc, *reader]
            self.host.lab.started(hosts.Process(self.host, argv, stderr=said))

    def known(self):
        """The addresses of the name."""
        done = self.daemon.ask("names", "--json", NAME)
        found = json.loads(done.stdout)["names"] if done.returncode == 0 else []
        return [a["address"] for name in found for a in name["addresses"]]

    def says(self, protocol, source, destination):
        """(what the table says, the real result that goes with it)"""
        done = self.ctl("explain", "--files", protocol, source, destination)
        verdict, _, why = done.stdout.partition("\n")[0].partition(": ")
        if done.returncode not in (0, 1) or (done.returncode == 0) != verdict.startswith(
            "allowed"
        ):
            raise DemoError(
                f"explain {protocol} {source} {destination}: status {done.returncode}\n"
                f"{done.stdout}{done.stderr}"
            )
        if done.returncode == 0:
            why = re.sub(r"^flow ([\w-]+).*", r"\1", why)
            why = re.sub(r", \S+:\d+$", "", why).removeprefix("built-in: ")
            return f"allowed ({why})", "open"
        for words, result in (
            ("in silence", "silent"),
            ("TCP reset", "reset"),
            ("ICMP error", "unreachable"),
        ):
            if words in done.stdout:
                return f"refused ({words})", result
        raise DemoError(f"explain does not say how it refuses:\n{done.stdout}")


def explain_words(source, destination, protocol, port, family):
    """The question for explain: PROTOCOL SOURCE DESTINATION:PORT."""
    if source == "proxy":
        ends = ["this-host", HOSTS[destination][family]]
    else:
        ends = [HOSTS[source][family], "this-host"]
    if protocol == "ping":
        return "icmp" if family == IPV4 else "icmpv6", *ends
    end = f"[{ends[1]}]" if ":" in ends[1] else ends[1]
    return protocol, ends[0], f"{end}:{port}"


def really(network, connections):
    """{connection: result}: all those of one host at once."""
    results = {}
    for name, host in network.items():
        attempts = {}
        for connection in connections:
            source, destination, protocol, port, family = connection
            ends = HOSTS[source][family], HOSTS[destination][family]
            if source == name and protocol == "ping":
                results[connection] = "open" if host.pings(*ends) else "silent"
            elif source == name:
                attempts[connection] = (protocol, *ends, port)
        answers = host.connect(attempts.values(), timeout_ms=1000) if attempts else {}
        results |= {c: answers[attempt] for c, attempt in attempts.items()}
    return results


def table(proxy, network):
    """Prints a line for each connection; how many of them are not as the table says."""
    results = really(network, CONNECTIONS)
    wrong = 0
    print(f"{'connection':<44} {'the table says':<33} really")
    for connection in CONNECTIONS:
        source, destination, protocol, port, family = connection
        says, expected = proxy.says(*explain_words(*connection))
        result = results[connection]
        real = REAL_WORDS[result]
        if protocol == "ping" and result == "open":
            real = "answered"
        what = f"{source} -> {destination} {protocol} {port or ''}"
        line = f"{what:<39} IPv{'46'[family]} {says:<33}"
        good = result == expected
        wrong += not good
        note = "" if good else f"   <==== MISMATCH, expected: {REAL_WORDS[expected]}"
        print(f"{line} {colour(real + note, good)}", flush=True)
    return wrong


def follow(proxy, network):
    """Prints a line for each address that the name gets; how many are not as they should be."""
    us, others = HOSTS["proxy"][IPV4], network["updates"]
    others.address(*MOVES[1:], "10.50.0.9")
    server = dns.Server(network["proxy"], RESOLVER)
    proxy.start_reader(RESOLVER)
    wrong = 0
    for address in MOVES:
        server.says(NAME, lambda q, a=address: q.addresses([a], 1))
        deadline = time.monotonic() + hosts.WAIT_SECONDS
        while address not in proxy.known():
            if time.monotonic() > deadline:
                raise DemoError(f"{NAME} has become {address}, and rolewalld has not learned it")
            time.sleep(0.05)
        known = proxy.known()
        results = {a: network["proxy"].connect_one("tcp", us, a, UPDATES, 1000) for a in known}
        good = set(results.values()) == {"open"}
        wrong += not good
        real = ", ".join(f"{a} {REAL_WORDS[r]}" for a, r in results.items())
        print(f"{NAME} is {address} now: {colour(real, good)}", flush=True)
    result = network["proxy"].connect_one("tcp", us, "10.50.0.9", UPDATES, 1000)
    wrong += result == "open"
    print(f"an address beside it: 10.50.0.9 {colour(REAL_WORDS[result], result != 'open')}\n")
    print(proxy.daemon.ask("names").stdout, end="")
    server.close()
    return wrong


def counters(host):
    listing = host.run("nft", "list", "counters", "table", "inet", "rolewall")
    print(f"{'counter':<24} {'packets':>8} {'bytes':>8}")
    for name, packets, size in re.findall(
        r"counter ([\w-]+) \{[^}]*?packets (\d+) bytes (\d+)", listing
    ):
        print(f"{name:<24} {packets:>8} {size:>8}")


# ---- the demo ------------------------------------------------------------------------------


def show(lab):
    before = host_ruleset()
    heading("the network")
    network = make_network(lab)
    for name, (ipv4, ipv6, ports) in HOSTS.items():
        listens = f"listens on {', '.join(map(str, ports))}" if ports else ""
        print(f"{name:<12} {ipv4:<12} {ipv6:<18} {listens}".rstrip())
    print("\nOn every port that is tried below something listens, tcp and udp: what is refused is")
    print("refused by the firewall.")

    proxy = Proxy(lab, network["proxy"])
    heading("the configuration of the proxy: rolewall.conf")
    print(CONFIG, end="")
    heading("rolewallctl show --format=flows")
    shown = proxy.ctl("show", "--format=flows")
    if shown.returncode:
        raise DemoError(f"the configuration is refused:\n{shown.stderr}")
    print("\n".join(map(fold, shown.stdout.splitlines())))

    seconds = proxy.start()
    heading("connections, and what rolewallctl explain says about them")
    print(f"rolewalld was ready after {seconds * 1000:.0f} ms\n")
    wrong = table(proxy, network)
    heading("a peer by name, while its addresses change (an old one lives on: programs use it)")
    wrong += follow(proxy, network)
    heading("counters in the kernel (a flow counts the first packet of each connection)")
    counters(network["proxy"])

    heading("result")
    untouched = host_ruleset() == before
    right = len(CONNECTIONS) + len(MOVES) + 1 - wrong
    print(f"{right} of {len(CONNECTIONS) + len(MOVES) + 1} connections went as the table says")
    if untouched:
        print("the firewall of this machine is as it was before: only namespaces were changed")
    else:
        print("THE FIREWALL OF THIS MACHINE HAS CHANGED MEANWHILE (the demo only reads it)")
    if wrong:
        print(colour(f"{wrong} MISMATCHES: the firewall does not do what it says", False))
    return 1 if wrong or not untouched else 0


def demo():
    try:
        build()
        with hosts.Lab() as lab:
            return show(lab)
    except (DemoError, hosts.LabError) as e:
        print(f"scripts/demo: {e}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(supervise(demo))
