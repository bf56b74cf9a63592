#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations and what must come of them.

A case is a directory of cases/ with a rolewall.conf (and what goes with it).  What is
expected lies beside it: `faults` of a bad one; `flows`, `nft` and `bytecode` of a good one;
`explain` holds questions ("> tcp SOURCE DESTINATION:PORT") with their answers; `host`, commands
of ip that make the host's interfaces.  Two cases have
their configuration elsewhere: `shipped` is conf/ itself, `readme` the example in README.md.

    golden        what the programs print is what is expected
    update        writes down what they print as expected
    nft-bytecode  the nft text of each case, read by nft, is the bytecode that we send;
                  for good, on trial, for a kernel without timeouts, and with copies of DNS and a
                  queue, where the kernel has nft_queue
    nft-kernel    the kernel shows the same table whether nft or rolewalld put it there
"""
import argparse
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
OBSERVING = ("group=7", "user=998", "user=997")
HOLDING = "queue=5"
# besides the one that `show` has; words of bytecode.c
FORMS = (("trial",), ("no-timeouts",), OBSERVING, (*OBSERVING, HOLDING))
# what the daemon takes in a namespace of its own, with ETC
TAKEN = ("group=21750", "user=998")
QUEUE = "queue=48600"
ETC = {"resolv.conf": "nameserver 127.0.0.1\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n",
	"passwd": "root:x:0:0::/:/bin/sh\nrolewall-reader:x:998:998::/:/bin/sh\n"}
EXPECTED = ("faults", "flows", "nft", "bytecode")
# warnings that depend on the machine
MACHINE = re.compile(r": warning: (size \d+ wants |interface .* has no address now|there is no interface |this host has no |.* (cannot be|is) asked for)")


class Case:
	def __init__(self, name, work, cases):
		self.name = name
		self.expected = os.path.join(cases, name)
		self.work = work
		self.config = {"shipped": "conf"}.get(name, "cases/" + name)
		own_roles = os.path.join(cases, name, "vendor")
		self.roles = "cases/%s/vendor" % name if os.path.isdir(own_roles) else "conf/roles"

	def alone(self, program, *arguments, etc=None):
		"""A command line for a host that has no address but those that the case gives it, and
		its own /etc if it is given one: what is known of the host goes into the ruleset."""
		as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
		host = "cases/%s/host" % self.name
		own = ["--mount"] if etc else []
		mount = "mount --bind %s /etc; " % etc if etc else ""
		return ["unshare", "--net", *own, *as_root, "sh", "-ec",
			mount + '! [ -e "$0" ] || ip -batch "$0"; exec "$@"', host, program, *arguments]

	def run(self, program, *arguments):
		return subprocess.run(self.alone(program, "--config-dir", self.config, "--roles-dir",
			self.roles, *arguments), cwd=self.work, capture_output=True, text=True)


def readme_example(source):
	"""The one ```ini block of README.md."""
	with open(os.path.join(source, "README.md"), encoding="utf-8") as f:
		blocks = re.findall(r"```ini\n(.*?)```", f.read(), re.S)
	if len(blocks) != 1:
		sys.exit("README.md has %d ini examples; one is wanted" % len(blocks))
	return blocks[0]


def workplace(source, directory):
	"""A directory in which the names of files are the same wherever the source tree is."""
	cases = os.path.join(source, "tests/golden/cases")
	os.mkdir(os.path.join(directory, "cases"))
	os.symlink(os.path.join(source, "conf"), os.path.join(directory, "conf"))
	for name in os.listdir(cases):
		shutil.copytree(os.path.join(cases, name), os.path.join(directory, "cases", name))
	os.makedirs(os.path.join(directory, "cases/readme"), exist_ok=True)
	with open(os.path.join(directory, "cases/readme/rolewall.conf"), "w", encoding="utf-8") as f:
		f.write(readme_example(source))
	names = sorted(set(os.listdir(cases)) | {"readme", "shipped"})
	return [Case(name, directory, cases) for name in names]


def outputs(case, options):
	"""What the programs say of a case, by name of the file that expects it."""
	check = case.run(options.rolewallctl, "check")
	said = "".join(line for line in check.stderr.splitlines(True) if not MACHINE.search(line))
	result = {}
	if said:
		result["faults"] = said
	if (check.returncode != 0) != (": error: " in said):
		result["faults"] = said + "exit status %d\n" % check.returncode
	if check.returncode != 0:
		return result
	for form in ("flows", "nft"):
		result[form] = case.run(options.rolewallctl, "show", "--format=" + form).stdout
	json.loads(case.run(options.rolewallctl, "show", "--format=json").stdout)
	decoded = subprocess.run(case.alone(options.bytecode, case.config, case.roles),
		cwd=case.work, capture_output=True, text=True, check=True)
	result["bytecode"] = decoded.stdout
	return result


def explanations(case, options):
	"""The file `explain` again, with the answers of now."""
	path = os.path.join(case.expected, "explain")
	if not os.path.exists(path):
		return None
	text = ""
	with open(path, encoding="utf-8") as f:
		for line in f:
			if line.startswith("> "):
				answer = case.run(options.rolewallctl, "explain", "--files", *line[2:].split())
				said = answer.stderr.splitlines(True)
				text += line + answer.stdout + "".join(s for s in said if not MACHINE.search(s))
				text += "exit status %d\n\n" % answer.returncode
	return text


def read(path):
	if not os.path.exists(path):
		return ""
	with open(path, encoding="utf-8") as f:
		return f.read()


def golden(cases, options):
	failures = 0
	for case in cases:
		found = outputs(case, options)
		found["explain"] = explanations(case, options) or ""
		for name in EXPECTED + ("explain",):
			path = os.path.join(case.expected, name)
			expected, real = read(path), found.get(name, "")
			if expected == real:
				continue
			failures += 1
			sys.stdout.writelines(difflib.unified_diff(expected.splitlines(True),
				real.splitlines(True), "%s/%s as expected" % (case.name, name), "as it is"))
	print("%d cases, %d differences" % (len(cases), failures))
	return 1 if failures or not cases else 0


def update(cases, options):
	for case in cases:
		found = outputs(case, options)
		text = explanations(case, options)
		if text is not None:
			found["explain"] = text
		os.makedirs(case.expected, exist_ok=True)
		for name in EXPECTED + ("explain",):
			path = os.path.join(case.expected, name)
			if name in found:
				with open(path, "w", encoding="utf-8") as f:
					f.write(found[name])
			elif os.path.exists(path):
				os.remove(path)
	return 0


def in_namespace(*command, **arguments):
	"""Runs a command in a network namespace of its own, which ends with it."""
	return subprocess.run(["unshare", "--net", *command], capture_output=True, text=True,
		check=True, **arguments)


def blocks(text):
	"""Bytecode as {object: lines}; the rules of a chain are numbered."""
	result, name, rules = {}, None, {}
	for line in text.splitlines():
		# chains and counters; nft 1.0 shows them without their names, 1.1 chains with theirs
		if re.match(r"(inet|table) \S+ .*\buse \d+", line):
			name = None
			continue
		rule = re.match(r"inet rolewall (\S+)", line)
		head = re.match(r"(\S+) rolewall ([0-9a-f]+)( timeout \d+ms)?( size \d+)?\s*$", line)
		if rule:
			rules[rule[1]] = rules.get(rule[1], 0) + 1
			name = "rule %d of %s" % (rules[rule[1]], rule[1])
			result[name] = []
		elif head:
			name = "set " + head[1]
			result.setdefault(name, [])
			# the head of a message with elements says nothing of the set
			if head[2] != "0" or head[4]:
				result[name].append(line.strip())
		elif name and line.strip():
			result[name] += [e.strip() for e in re.split(r"\t|(?<=\[end\])", line) if e.strip()]
	return result


def run_bytecode(case, options, *words, etc=None):
	return subprocess.run(case.alone(options.bytecode, case.config, case.roles, *words, etc=etc),
		cwd=case.work, capture_output=True, text=True, check=True).stdout


def in_form(case, options, *words):
	"""(nft's text, our bytecode) of a case in another form than that of `show`."""
	return run_bytecode(case, options, *words, "text"), run_bytecode(case, options, *words)


def lacks_queue():
	rules = "table inet t { chain c { queue num 5; }; }"
	return subprocess.run(["unshare", "--net", "nft", "-c", rules], capture_output=True).returncode != 0


def nft_bytecode(cases, options):
	failures = compared = 0
	left_out = HOLDING if lacks_queue() else None
	if left_out:
		print("SKIPPED: packets that wait: this kernel has no nft_queue")
	for case in cases:
		found = outputs(case, options)
		if "nft" not in found:
			continue
		forms = {"for good": (found["nft"], found["bytecode"])}
		for words in FORMS:
			if left_out in words:
				continue
			forms[" ".join(words)] = in_form(case, options, *words)
		for form, (script, bytecode) in forms.items():
			debug = in_namespace("nft", "-c", "--debug=netlink", "-f", "-", input=script)
			nft, ours = blocks(debug.stdout), blocks(bytecode)
			for name in sorted(set(nft) | set(ours)):
				compared += 1
				if nft.get(name) != ours.get(name):
					failures += 1
					print("%s, %s: %s\n  nft:  %s\n  ours: %s" % (case.name, form,
						name, nft.get(name), ours.get(name)))
	print("%d rules and sets compared, %d differ" % (compared, failures))
	return 1 if failures or not compared else 0


def listing(text):
	"""The ruleset without what differs from load to load."""
	def clean(value):
		if isinstance(value, list):
			return [clean(v) for v in value]
		if isinstance(value, dict):
			return {k: clean(v) for k, v in value.items() if k not in ("handle", "metainfo")
				and not (k == "flags" and "owner" in v)}
		return value
	items = clean(json.loads(text)["nftables"])
	generation = [i["set"]["elem"][0] for i in items if i.get("set", {}).get("name") == "generation"]
	text = json.dumps(items, indent=1)
	# nft shows the mask of `ct mark set` with the value's bits in it
	text = re.sub(r"\b%d\b" % (generation[0] | 0xffff), "MASK", text)
	return re.sub(r"\b%d\b" % generation[0], "GENERATION", text).splitlines()


# The daemon says READY=1 to this socket; then the table is listed, and the daemon ended.
APPLY = """
import os, signal, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\\0rolewall-golden-%d" % os.getpid())
s.settimeout(10)
os.environ["NOTIFY_SOCKET"] = "@rolewall-golden-%d" % os.getpid()
p = subprocess.Popen(sys.argv[1:])
while b"READY=1" not in s.recv(4096):
	pass
print(subprocess.run(["nft", "-j", "list", "ruleset"], stdout=subprocess.PIPE, text=True,
	check=True).stdout)
p.send_signal(signal.SIGTERM)
sys.exit(p.wait(10))
"""


def make_etc(work):
	"""Of all hosts here: what the machine has would go into the rulesets."""
	etc = os.path.join(work, "etc")
	os.mkdir(etc)
	for name in ("protocols", "services", "ld.so.cache"):
		if os.path.exists("/etc/" + name):
			shutil.copy("/etc/" + name, etc)
	for name, text in ETC.items():
		with open(os.path.join(etc, name), "w", encoding="utf-8") as f:
			f.write(text)
	return etc


def nft_kernel(cases, options):
	failures = compared = 0
	etc = make_etc(cases[0].work)
	taken = TAKEN if lacks_queue() else (*TAKEN, QUEUE)
	for case in cases:
		if "nft" not in outputs(case, options):
			continue
		text = run_bytecode(case, options, *taken, "text", etc=etc)
		nft = in_namespace("sh", "-c", "nft -f - && nft -j list ruleset", input=text)
		ours = subprocess.run(case.alone(sys.executable, "-c", APPLY, options.rolewalld,
			"--config-dir", case.config, "--roles-dir", case.roles, etc=etc), cwd=case.work,
			capture_output=True, text=True, check=True)
		one, other = listing(nft.stdout), listing(ours.stdout)
		compared += 1
		if one != other:
			failures += 1
			print("\n".join(difflib.unified_diff(one, other, case.name + " by nft",
				"by rolewalld", lineterm="")))
	print("%d tables compared, %d differ" % (compared, failures))
	return 1 if failures or not compared else 0


def main():
	modes = {"golden": golden, "update": update, "nft-bytecode": nft_bytecode,
		"nft-kernel": nft_kernel}
	parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
	parser.add_argument("mode", choices=modes)
	for option in ("--source", "--rolewallctl", "--rolewalld", "--bytecode"):
		parser.add_argument(option, required=True, type=os.path.abspath)
	options = parser.parse_args()
	if options.mode.startswith("nft") and os.geteuid() != 0:
		print("SKIPPED: nft needs root")
		return SKIPPED
	with tempfile.TemporaryDirectory() as directory:
		cases = workplace(options.source, directory)
		if subprocess.run(cases[0].alone("true"), cwd=directory).returncode != 0:
			print("SKIPPED: needs a network namespace of its own (unshare)")
			return SKIPPED
		return modes[options.mode](cases, options)


if __name__ == "__main__":
	sys.exit(main())
