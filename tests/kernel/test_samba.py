#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""An application server and its domain: Samba as the domain controllers, found by SRV, and the programs
of a member of the domain, through rolewalld with the shipped role and enforced outbound.

Samba, Kerberos and the tools of LDAP come from Debian's packages, which are unpacked for the test and not
installed (trees.py).  They are kept where TEST_CACHE in the environment says, or beside the programs
under test: 15 MB.
"""

import hashlib
import json
import os
import pathlib
import shutil
import socket
import sys
import time
import unittest

import hosts
import test_reader
import trees

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import debian  # noqa: E402

PACKAGES = ("samba-ad-dc", "samba-ad-provision", "samba-dsdb-modules", "samba-vfs-modules", "winbind")
PACKAGES += ("krb5-user", "ldap-utils", "libsasl2-modules-gssapi-mit")
DOMAIN, BASE, PASSWORD = "corp.test", "dc=corp,dc=test", "Passw0rd-of-a-test"
FIRST, SECOND, NOBODY = "10.2.1.10", "10.2.2.10", "10.2.1.99"
US_TO_FIRST, US_TO_SECOND = "10.2.1.1", "10.2.2.1"
KERBEROS, LDAP, SMB = 88, 389, 445
SET = "peer-domain-controller-named4"
PATIENCE_SECONDS = 3 * hosts.WAIT_SECONDS  # Samba's databases are slow on a busy machine

HOST = f"""[host]
roles = app-server
{{more}}
names-ttl-floor = 1 s
names-ttl-ceiling = 2 s
names-grace = 5 s
[management]
from = 10.9.0.2
[peer domain-controller]
srv = _ldap._tcp.dc._msdcs.{DOMAIN}
[peer dns-service]
resolver = yes
"""
NO_PEERS = ("windows-host", "linux-host", "remote-proxy", "remote-action-service", "ssh-client")
NO_PEERS += ("rdp-client", "browser", "revocation-server", "azure")
BUNDLE = "enable = active-directory"

KRB5_CONF = f"""[libdefaults]
default_realm = {DOMAIN.upper()}
dns_lookup_kdc = true
dns_lookup_realm = false
rdns = false
"""
LDAP_CONF = "SASL_NOCANON on\nTLS_CACERT /root/ca.pem\n"
SMB_CONF = f"""[global]
security = ads
realm = {DOMAIN.upper()}
workgroup = CORP
"""


def packages():
    """The files; debian.Missing if they cannot be had."""
    for program in ("apt-get", "dpkg-deb", "dpkg-query"):
        if not shutil.which(program):
            raise debian.Missing(f"no {program} here to get Samba by")
    installed = debian.output("dpkg-query", "--show").encode()
    cache = pathlib.Path(os.environ.get("TEST_CACHE") or hosts.setting("ROLEWALLD").parent)
    digest = hashlib.sha256(installed + " ".join(PACKAGES).encode()).hexdigest()[:16]
    directory = cache.resolve() / f"samba-{digest}"  # what is needed depends on what is there
    complete = directory / "complete"
    if not complete.exists():
        (directory / "partial").mkdir(parents=True, exist_ok=True)
        debian.Apt(None, directory).download_with_needed(*PACKAGES, into=directory)
        complete.touch()
    return sorted(directory.glob("*.deb"))


def connects(host, source, address, *ports):
    """To which of the ports: servers that are real, and echo nothing."""
    return [port for port in ports if connects_to(host, source, address, port)]


def connects_to(host, source, address, port):
    with host.inside():
        s = socket.socket()
    with s:
        s.settimeout(hosts.PATIENCE)
        s.bind((source, 0))
        return s.connect_ex((address, port)) == 0


class Controller(trees.Tree):
    """A host with Samba on it."""

    def __init__(self, host, files, name, address, resolver):
        super().__init__(host, files, name)
        self.full_name, self.address = f"{name}.{DOMAIN}", address
        self.write("/etc/hosts", f"127.0.0.1 localhost\n{address} {self.full_name} {name}\n")
        self.resolve_by(resolver)
        self.write("/etc/krb5.conf", KRB5_CONF)
        self.write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
        directories = ("/var/lib/samba/private", "/var/log/samba", "/var/cache/samba", "/run/samba")
        self.run("rm", "-f", "/etc/samba/smb.conf")
        self.run("mkdir", "-p", *directories)
        self.options = [
            f"--option=interfaces = {address}/32 127.0.0.1",
            "--option=bind interfaces only = yes",
            "--option=posix:eadb = /var/lib/samba/eadb.tdb",  # tmpfs may have no attributes
            "--option=dns update command = /bin/true",  # by hand, so that its end is seen
        ]

    def resolve_by(self, *servers):
        lines = [f"nameserver {s}\n" for s in servers]
        self.write("/etc/resolv.conf", f"search {DOMAIN}\n" + "".join(lines))

    def tool(self, *arguments, **options):
        password = ["-U", "Administrator", f"--password={PASSWORD}"]
        return self.run("samba-tool", *arguments, *password, **options)

    def provision(self):
        self.run(
            *("samba-tool", "domain", "provision", f"--realm={DOMAIN.upper()}", "--domain=CORP"),
            *("--server-role=dc", "--dns-backend=SAMBA_INTERNAL", f"--adminpass={PASSWORD}"),
            *(f"--host-name={self.name}", f"--host-ip={self.address}", *self.options),
        )

    def join(self):
        self.tool("domain", "join", DOMAIN, "DC", "--dns-backend=SAMBA_INTERNAL", *self.options)

    def start(self):
        with open(self.lab.directory / f"{self.name}.log", "wb") as log:
            argv = ["samba", "--foreground", "--no-process-group", "--debug-stdout"]
            self.samba = self.lab.started(hosts.Process(self, ["sh", "-c", 'exec "$@" >&2', "sh", *argv], log))

    def is_up(self):
        """Listens, and answers, where it is asked first."""
        asked = ("-x", "-H", f"ldap://{self.address}", "-s", "base", "-b", "", "dnsHostName")
        done = self.run("ldapsearch", *asked, check=False)
        ports = [53, KERBEROS, SMB, 636]
        return done.returncode == 0 and connects(self.host, self.address, self.address, *ports) == ports


class Domain(unittest.TestCase):
    """One with one controller, and a host that is to be its member."""

    def setUp(self):
        try:
            files = packages()
        except debian.Missing as why:
            self.skipTest(str(why))
        self.lab = self.enterContext(hosts.Lab())
        self.us, one, self.other = (self.lab.host(n) for n in ("us", "dc1", "dc2"))
        self.lab.wire(self.us, one, "eth0", "eth0", ("10.2.1.0/24",))
        self.lab.wire(self.us, self.other, "eth1", "eth0", ("10.2.2.0/24",))
        self.lab.wire(one, self.other, "eth1", "eth1", ())
        one.ip("route add 10.2.2.0/24 dev eth1")
        self.other.ip("route add 10.2.1.0/24 dev eth1")
        self.us.address(US_TO_FIRST)
        self.us.address(US_TO_SECOND, link="eth1")
        one.address(FIRST, NOBODY)
        self.other.address(SECOND)
        self.files = trees.Packages(self.lab, files)
        self.first = self.lab.started(Controller(one, self.files, "dc1", FIRST, FIRST))
        self.first.provision()
        self.first.start()
        self.wait_for(self.first.is_up)
        self.make_member()

    def make_member(self):
        self.member = self.lab.started(trees.Tree(self.us, self.files, "app"))
        etc = {
            "hosts": "127.0.0.1 localhost\n",
            "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
            "resolv.conf": f"nameserver {FIRST}\nnameserver {SECOND}\n",
            "passwd": "root:x:0:0::/:/bin/sh\n",
            "group": "root:x:0:\n",
        }
        self.etc = self.lab.directory / "etc"  # of our daemons
        self.etc.mkdir(mode=0o755)
        for name, text in etc.items():
            self.member.write(f"/etc/{name}", text)
            (self.etc / name).write_text(text)
            (self.etc / name).chmod(0o644)
        self.member.write("/etc/krb5.conf", KRB5_CONF)
        self.member.write("/etc/ldap/ldap.conf", LDAP_CONF)
        self.member.write("/etc/samba/smb.conf", SMB_CONF)
        self.member.run("mkdir", "-p", "/var/lib/samba/private", "/var/cache/samba", "/var/log/samba")
        self.trust(self.first)

    def trust(self, controller):
        self.member.write("/root/ca.pem", controller.run("cat", "/var/lib/samba/private/tls/ca.pem"))

    def configure(self, more):
        self.config = self.config if hasattr(self, "config") else self.lab.config()
        nobody = "".join(f"[peer {name}]\naddress = none\n" for name in NO_PEERS)
        self.config.file("rolewall.conf", HOST.format(more=more) + nobody)

    def start(self, more):
        self.configure(more)
        inside = 'mount --bind "$1" /etc && shift && exec "$@"'
        wrap = ("unshare", "--mount", "sh", "-c", inside, "sh", str(self.etc))
        self.daemon = self.us.daemon(self.config, runtime=self.lab.directory / "run", wrap=wrap)
        self.lab.started(test_reader.Reader(self.us, self.daemon.runtime, self.etc, wrap=()))

    def wait_for(self, what, *arguments):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not what(*arguments):
            if time.monotonic() > deadline:
                self.fail((what, arguments, self.said()))
            time.sleep(0.1)  # there is no event for it

    def said(self):
        if not hasattr(self, "daemon"):
            return ""
        return self.daemon.stderr(), self.daemon.ask("names").stdout

    # ---- what a member does ----

    def does(self, *argv, text_in=""):
        """A program of the member, and that it ends well; what it prints."""
        done = self.member.run(*argv, text_in=text_in, check=False)
        said = (argv, done.stdout, done.stderr)
        self.assertEqual(done.returncode, 0, (said, self.said()))
        return done.stdout

    def gets_ticket(self):
        self.member.run("kdestroy", "-q", check=False)
        self.does("kinit", "Administrator", text_in=PASSWORD + "\n")
        self.assertIn(f"krbtgt/{DOMAIN.upper()}@{DOMAIN.upper()}", self.does("klist"))

    def reads_directory(self, *how):
        search = ("-d1", "-LLL", "-b", BASE, "(sAMAccountName=Administrator)", "dn")
        found = f"dn: CN=Administrator,CN=Users,{BASE.replace('dc', 'DC')}"
        self.assertIn(found, self.does("ldapsearch", *how, *search))

    def reads_by_ticket(self, controller):
        self.reads_directory("-Q", "-Y", "GSSAPI", "-H", f"ldap://{controller.full_name}")

    def reads_over_tls(self, controller):
        by_password = ("-x", "-D", f"Administrator@{DOMAIN}", "-w", PASSWORD)
        self.reads_directory(*by_password, "-H", f"ldaps://{controller.full_name}")

    def reads_both_ways(self, controller):
        self.gets_ticket()
        self.reads_by_ticket(controller)
        self.reads_over_tls(controller)

    # ---- what rolewall does ----

    def controllers(self):
        """Those that have been learned and may be called."""
        listed = json.loads(self.us.nft_json("set", "inet", "rolewall", SET))
        [found] = [i["set"] for i in listed["nftables"] if "set" in i]
        return {e["elem"]["val"] if isinstance(e, dict) else e for e in found.get("elem", [])}


class Member(Domain):
    def test_a_member_of_the_domain_does_all_it_must_by_a_controller_found_by_srv(self):
        self.first.host.serve([("tcp", NOBODY, LDAP)])
        self.assertEqual(connects(self.us, US_TO_FIRST, NOBODY, LDAP), [LDAP])
        self.start("")
        self.wait_for(lambda: self.controllers() == {FIRST})
        # The rows of the page alone: Kerberos answers by UDP that its answer needs TCP.
        self.reads_over_tls(self.first)
        self.assertEqual(connects(self.us, US_TO_FIRST, FIRST, KERBEROS, LDAP, SMB), [LDAP])
        self.assertEqual(connects(self.us, US_TO_FIRST, NOBODY, LDAP), [])
        self.configure(BUNDLE)
        self.daemon.reload()
        self.reads_both_ways(self.first)
        self.does("net", "ads", "join", "-U", f"Administrator%{PASSWORD}", "--no-dns-updates")
        self.assertIn("Join is OK", self.does("net", "ads", "testjoin"))
        self.assertEqual(connects(self.us, US_TO_FIRST, FIRST, KERBEROS, LDAP, SMB), [KERBEROS, LDAP, SMB])
        self.assertEqual(connects(self.us, US_TO_FIRST, NOBODY, LDAP), [])


class Controllers(Domain):
    def test_a_second_controller_joins_and_the_first_leaves_without_a_reload(self):
        self.start(BUNDLE)
        self.wait_for(lambda: self.controllers() == {FIRST})
        second = self.lab.started(Controller(self.other, self.files, "dc2", SECOND, FIRST))
        second.join()
        second.start()
        self.wait_for(second.is_up)
        self.assertEqual(connects(self.us, US_TO_SECOND, SECOND, LDAP), [])  # no SRV record names it
        second.resolve_by(SECOND)
        second.run("samba_dnsupdate", "--use-samba-tool")
        second.run("samba_spnupdate")
        for part in (BASE, f"DC=ForestDnsZones,{BASE}", f"DC=DomainDnsZones,{BASE}"):
            self.first.tool("drs", "replicate", "dc1", "dc2", part)
        self.wait_for(lambda: self.controllers() == {FIRST, SECOND})
        self.reads_both_ways(self.first)
        self.trust(second)
        self.reads_both_ways(second)

        second.tool("fsmo", "transfer", "--role=all")
        self.first.tool("domain", "demote", f"--server={second.full_name}")
        self.first.end()  # switched off
        self.wait_for(lambda: self.controllers() == {SECOND})
        self.first.host.serve([("tcp", FIRST, LDAP)])  # somebody else's host by now
        self.assertEqual(connects(self.us, US_TO_FIRST, FIRST, LDAP), [])
        self.reads_both_ways(second)
        self.assertNotIn("RELOADING=1", self.daemon.announced())


if __name__ == "__main__":
    if os.geteuid() == 0:
        trees.contain()
    hosts.main()
