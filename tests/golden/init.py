#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rolewallctl init` writes on a host with the /etc of init/etc, and says when it does not.

    golden        rolewall.conf and what is printed are those of init/ROLES
    update        writes them down as expected

The host is a mount, network and PID namespace: nothing of this machine gets into the file.
"""
import argparse
import difflib
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
SESSION = "10.0.9.5 40122 10.20.0.1 22"
CASES = {
	"proxy": (SESSION, "proxy"),
	"app-server": (None, "app-server"),
	"both": ("2001:db8:9::5 40122 2001:db8::1 2222", "proxy", "app-server"),
	"target": ("::ffff:10.0.9.5 40122 ::ffff:10.20.0.1 22", "target"),
}
PEERS = "[peer app-server]\naddress = 10.20.0.10\n[peer proxy]\naddress = 10.20.0.11\n"
# root that may not write where its mode says so
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def close(directory):
	os.chmod(directory, 0o555)


# what is answered without writing: a name, what is done before, the options, exit status, the answer
ROLES = "app-server, proxy, target"
TRY = "; try rolewallctl --help"
REFUSED = (
	("an unknown role", None, ["--role=proxi"], 2,
		"unknown role 'proxi'; did you mean 'proxy'? The roles are %s%s" % (ROLES, TRY)),
	("a role like no other", None, ["--role=mainframe"], 2,
		"unknown role 'mainframe'; the roles are %s%s" % (ROLES, TRY)),
	("no role", None, [], 2, "init takes --role=ROLE; the roles are %s%s" % (ROLES, TRY)),
	("a role twice", None, ["--role=proxy", "--role", "proxy"], 2,
		"the role 'proxy' is named twice" + TRY),
	("the role of all hosts", None, ["--role=common"], 2,
		"every host has the role 'common'; name another: %s%s" % (ROLES, TRY)),
	("too many roles", None, ["--role=proxy"] * 9, 2, "init takes fewer --role" + TRY),
	("an operand", None, ["--role=proxy", "target"], 2, "init takes no 'target'" + TRY),
	("a file that is there", lambda d: write(d + "/rolewall.conf", "mine\n"), ["--role=proxy"], 1,
		"written/rolewall.conf is there already and was left as it is; init only writes a first "
		"one. Move it away, or write to another directory with --config-dir=DIR"),
	("a link that leads nowhere", lambda d: os.symlink("/nowhere", d + "/rolewall.conf"),
		["--role=proxy"], 1,
		"written/rolewall.conf is there already and was left as it is; init only writes a first "
		"one. Move it away, or write to another directory with --config-dir=DIR"),
	("a directory that is closed", close, ["--role=proxy"], 1,
		"written/rolewall.conf may not be written (Permission denied); run this as root"),
	("no directory", os.rmdir, ["--role=proxy"], 1,
		"there is no directory written; make it first"),
)


def write(path, text):
	with open(path, "w", encoding="utf-8") as f:
		f.write(text)


def read(path):
	if not os.path.exists(path):
		return ""
	with open(path, encoding="utf-8") as f:
		return f.read()


class Host:
	"""A directory in which rolewallctl runs, with nothing of this machine's /etc and /run."""

	def __init__(self, options, directory):
		self.program = os.path.join(directory, "rolewallctl")
		self.work = directory
		self.etc = os.path.join(options.source, "tests/golden/init/etc")
		self.written = os.path.join(directory, "written")
		# copies: one case has no right to pass by directories of others
		shutil.copy(options.rolewallctl, self.program)
		shutil.copytree(os.path.join(options.source, "conf/roles"), os.path.join(directory, "roles"))

	def clear(self):
		if os.path.isdir(self.written):
			os.chmod(self.written, 0o755)
		shutil.rmtree(self.written, ignore_errors=True)
		os.mkdir(self.written)

	def run(self, *arguments, session=None, prefix=()):
		as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
		environment = {"PATH": os.environ["PATH"]}
		if session:
			environment["SSH_CONNECTION"] = session
		return subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", *as_root,
			"sh", "-ec", 'mount -t proc proc /proc; mount --bind "$0" /etc; '
			'! [ -d /run/chrony-dhcp ] || mount -t tmpfs none /run/chrony-dhcp; exec "$@"',
			self.etc, *prefix, self.program, "--config-dir", "written", "--roles-dir", "roles", *arguments],
			cwd=self.work, env=environment, capture_output=True, text=True)

	def init(self, *arguments, **how):
		return self.run("init", *arguments, **how)


def outputs(host, session, roles):
	host.clear()
	done = host.init(*["--role=" + r for r in roles], session=session)
	found = {"rolewall.conf": read(host.written + "/rolewall.conf"),
		"said": done.stdout + done.stderr + "exit status %d\n" % done.returncode}
	if os.listdir(host.written) != ["rolewall.conf"]:
		found["said"] += "left behind: %s\n" % os.listdir(host.written)
	mode = os.stat(host.written + "/rolewall.conf").st_mode & 0o7777
	if mode != 0o640:
		found["said"] += "mode %o\n" % mode
	return found


def compare(name, expected, real):
	if expected == real:
		return 0
	sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True), real.splitlines(True),
		name + " as expected", "as it is"))
	return 1


def refusals(host):
	failures = 0
	for name, prepare, arguments, status, answer in REFUSED:
		host.clear()
		if prepare:
			prepare(host.written)
		before = read(host.written + "/rolewall.conf")
		prefix = WITHOUT_RIGHTS if prepare is close else ()
		done = host.init(*arguments, session=SESSION, prefix=prefix)
		failures += compare(name, "rolewallctl: %s\nexit status %d\n" % (answer, status),
			"%s%sexit status %d\n" % (done.stdout, done.stderr, done.returncode))
		failures += compare(name + ": the file", before, read(host.written + "/rolewall.conf"))
	return failures


def filled(host):
	"""A file whose blanks are filled in, by the words that init says, is good."""
	host.clear()
	host.init("--role=target", session=SESSION)
	path = host.written + "/rolewall.conf"
	text = read(path).replace(";[peer", "[peer").replace(";address =", "address = 10.0.0.7")
	write(path, text)
	done = host.run("check", session=SESSION)
	warnings = [line for line in done.stderr.splitlines() if ": warning: " not in line]
	return compare("filled in", "exit status 0\n", "\n".join(warnings) +
		"exit status %d\n" % done.returncode)


def complete(host):
	"""Nothing is asked for that a drop-in says already, and the file is good as it is."""
	host.clear()
	os.mkdir(host.written + "/rolewall.conf.d")
	write(host.written + "/rolewall.conf.d/peers.conf", PEERS)
	done = host.init("--role=target", session=SESSION)
	return compare("complete", "written/rolewall.conf is written.\n"
		"Read it. `rolewallctl start` or the next boot puts it in force.\nexit status 0\n",
		done.stdout + "exit status %d\n" % done.returncode)


def main():
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("mode", choices=("golden", "update"))
	for option in ("--source", "--rolewallctl"):
		parser.add_argument(option, required=True, type=os.path.abspath)
	options = parser.parse_args()
	cases = os.path.join(options.source, "tests/golden/init")
	with tempfile.TemporaryDirectory() as directory:
		host = Host(options, directory)
		if host.run("--version").returncode != 0:
			print("SKIPPED: needs namespaces of its own (unshare)")
			return SKIPPED
		failures = 0
		for name, (session, *roles) in CASES.items():
			for file, text in outputs(host, session, roles).items():
				path = os.path.join(cases, name, file)
				if options.mode == "update":
					os.makedirs(os.path.dirname(path), exist_ok=True)
					write(path, text)
				else:
					failures += compare(name + "/" + file, read(path), text)
		if options.mode == "golden":
			failures += refusals(host) + filled(host) + complete(host)
		print("%d files, %d refusals, %d differences" % (len(CASES), len(REFUSED), failures))
		return 1 if failures else 0


if __name__ == "__main__":
	sys.exit(main())
