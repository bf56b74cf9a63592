# SPDX-License-Identifier: GPL-2.0-or-later
"""The same policy in the spelling of several firewalls, each on a host of its own.

The policy is "one network may reach N ports": a tcp port, and the rest udp.

    no firewall    nothing: the connection tracker sleeps, too
    tracker        the connection tracker and not a single hook of a firewall
    one rule       tracker, one chain, one rule: `ct state established,related accept`.  Less
                   than that does not know live connections from others
    rolewall       a flow for each port
    linear         nft, a rule for each port
    firewalld      a zone of that network with the ports; as Debian ships it, on nftables
    ufw            `ufw allow from NETWORK to any port P`; as Debian ships it, on iptables-nft

firewalld and ufw are there if they are installed.  They get directories of their own, and
firewalld a bus of its own: the machine's are neither read nor changed.  All firewalls load
their rules and end; the rules stay.

A host is a network namespace, joined by a veth pair to one for its clients.
"""

import contextlib
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[1]
BUILD = SOURCE / "build"
FIRST_PORT = 10000
US, CLIENT, CLIENTS = "10.20.0.1", "10.64.0.2", "10.64.0.0/12"
LIMIT_SECONDS = 120


def run(*argv, text_in=None, environment=None):
    argv = [str(a) for a in argv]
    done = subprocess.run(argv, input=text_in, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"{argv}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def ports(flows):
    """[(protocol, port)], as many as flows; the last is udp."""
    last = FIRST_PORT + flows - 1
    return [("tcp", last), *(("udp", port) for port in range(FIRST_PORT + 1, last + 1))]


class Host:
    """A namespace, and one for the clients, joined by a wire."""

    number = 0

    def __init__(self, flows):
        Host.number += 1
        self.us, self.them = (f"rolewall-bench-{os.getpid()}-{Host.number}-{n}" for n in "ab")
        self.port = FIRST_PORT + flows - 1
        for name in (self.us, self.them):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        wire = ["ip", "link", "add", "eth0", "netns", self.us, "type", "veth"]
        run(*wire, "peer", "name", "eth0", "netns", self.them)
        for name, address in ((self.us, US), (self.them, CLIENT)):
            run("ip", "-n", name, "address", "add", f"{address}/8", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")

    def enter(self, *argv):
        return ["ip", "netns", "exec", self.us, *argv]

    def nft(self, text):
        run(*self.enter("nft", "-f", "-"), text_in=text)

    def end(self):
        for name in (self.us, self.them):
            run("ip", "netns", "delete", name)


# ---- firewalls: (host, flows, directory of its own) -------------------------------------


def bare(host, flows, directory):
    pass


def tracker(host, flows, directory):
    """A rule that asks for a state is enough, even if no packet ever comes to it."""
    host.nft("table inet tracker {\nchain nowhere {\nct state established accept\n}\n}\n")


ONE_RULE = """\
table inet one {
	chain input {
		type filter hook input priority filter
		ct state established,related accept
		accept
	}
}
"""


def one_rule(host, flows, directory):
    host.nft(ONE_RULE)


LINEAR = """\
table inet linear {{
	chain input {{
		type filter hook input priority filter
		policy drop
		ct state established,related accept
		iifname "lo" accept
		meta l4proto {{ icmp, ipv6-icmp }} accept
{rules}
	}}
}}
"""


def linear(host, flows, directory):
    rules = (f"\t\tip saddr {CLIENTS} {p} dport {n} counter accept" for p, n in ports(flows))
    host.nft(LINEAR.format(rules="\n".join(rules)))


HEAD = f"""\
[host]
roles = proxy
[management]
from = 10.0.9.0/24
[peer client]
address = {CLIENTS}
"""
NO_PEERS = ("app-server", "ssh-client", "rdp-client", "windows-host", "linux-host")
FLOW = """\
[flow site-{protocol}-{port}]
port = {port}
protocol = {protocol}
source = client
target = this-host
"""


def rolewall(host, flows, directory):
    text = HEAD + "".join(f"[peer {name}]\naddress = none\n" for name in NO_PEERS)
    text += "".join(FLOW.format(protocol=p, port=n) for p, n in ports(flows))
    config = directory / "config"
    config.mkdir(mode=0o755)
    (config / "rolewall.conf").write_text(text)
    path = directory / "notify"
    options = ["--config-dir", config, "--roles-dir", SOURCE / "conf" / "roles"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        daemon = subprocess.Popen(
            host.enter(BUILD / "rolewalld", *options),
            env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(path)},
            stderr=subprocess.DEVNULL,
        )
        message = b""
        while b"READY=1" not in message:
            if not select.select([notify], [], [], LIMIT_SECONDS)[0]:
                sys.exit("rolewalld is not ready")
            message, descriptors, _, _ = socket.recv_fds(notify, 4096, 16)
            for descriptor in descriptors:
                os.close(descriptor)
        end(daemon)


BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
<type>system</type>
<listen>unix:path={path}</listen>
<auth>EXTERNAL</auth>
<policy context="default">
<allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
</policy>
</busconfig>
"""
FIREWALLD = "DefaultZone=public\nCleanupOnExit=no\nFirewallBackend=nftables\n"


def end(process):
    process.terminate()
    process.wait()


@contextlib.contextmanager
def firewalld_running(host, allowed, directory, source=f'address="{CLIENTS}"'):
    """The pid of a firewalld that has loaded [(protocol, port)] for the source of a zone."""
    (directory / "zones").mkdir()
    (directory / "firewalld.conf").write_text(FIREWALLD)
    lines = "".join(f'<port port="{n}" protocol="{p}"/>\n' for p, n in allowed)
    zone = f'<zone><short>clients</short><source {source}/>\n{lines}</zone>\n'
    (directory / "zones" / "clients.xml").write_text(zone)
    bus = directory / "bus"
    (directory / "bus.conf").write_text(BUS.format(path=bus))
    environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
    with contextlib.ExitStack() as stack:
        argv = ["dbus-daemon", f"--config-file={directory / 'bus.conf'}", "--nofork"]
        broker = subprocess.Popen(
            [*argv, "--print-address"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        stack.callback(end, broker)
        broker.stdout.readline()  # it listens
        argv = ["firewalld", "--nofork", "--nopid", "--log-target", "console"]
        with open(directory / "log", "wb") as log:
            daemon = subprocess.Popen(
                host.enter(*argv, "--system-config", str(directory)),
                env=environment,
                stdout=log,
                stderr=log,
            )
        stack.callback(end, daemon)
        await_firewalld(daemon, environment, directory)
        yield daemon.pid


def await_firewalld(daemon, environment, directory):
    deadline = time.monotonic() + LIMIT_SECONDS
    state = ["firewall-cmd", "--state"]
    while True:
        asked = subprocess.run(state, env=environment, capture_output=True, text=True, timeout=60)
        if asked.stdout.startswith("running"):
            return
        if time.monotonic() > deadline or daemon.poll() is not None:
            sys.exit(f"firewalld does not run\n{(directory / 'log').read_text()}")
        time.sleep(0.1)  # its state is all that it says


def firewalld(host, flows, directory):
    with firewalld_running(host, ports(flows), directory):
        pass
    expect(host, rf"udp dport {host.port} .*accept", "firewalld")


def ufw(host, flows, directory):
    """ufw writes the first rule, and the others are that rule with another port: it would
    take a second for each of them."""
    private = directory / "ufw"
    shutil.copytree("/etc/ufw", private)
    inside = 'set -e; mount --bind "$1" /etc/ufw; shift; "$@"'
    enter = host.enter("sh", "-c", inside, "sh", str(private))
    allowed = ports(flows)
    protocol, port = allowed[0]
    run(*enter, "ufw", "allow", "from", CLIENTS, "to", "any", "port", port, "proto", protocol)
    path = private / "user.rules"
    head, begin, rest = path.read_text().partition("### RULES ###\n")
    rule, finish, tail = rest.partition("### END RULES ###\n")
    if protocol not in rule or str(port) not in rule:
        sys.exit(f"ufw wrote something else: {rule}")
    rules = (rule.replace(protocol, p).replace(str(port), str(n)) for p, n in allowed)
    path.write_text(head + begin + "".join(rules) + finish + tail)
    run(*enter, "ufw", "--force", "enable")
    expect(host, rf"udp dport {host.port} counter .*accept", "ufw")


def expect(host, words, who):
    """A firewall that has not loaded its rules would be the fastest."""
    if not re.search(words, run(*host.enter("nft", "list", "ruleset"))):
        sys.exit(f"{who} has not loaded its rules")
