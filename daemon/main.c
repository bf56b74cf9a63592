/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rolewalld: reads the configuration, puts it into the kernel, and does so again on SIGHUP.
 *
 * Nothing here thinks: this file knows signals and the service manager, the library knows
 * the rest.  A configuration that is bad, or that the kernel refuses, is logged, and what
 * was in force stays in force.  SIGTERM ends the process and leaves the host protected.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>

#include "config/policy.h"
#include "defaults.h"
#include "kernel/apply.h"
#include "log.h"

struct daemon {
	struct config_dirs dirs;
	struct nfsock socket;
	struct applied now;
};

static int explain_failure(int r)
{
	if (r == -EPERM)
		log_line(SD_ERR, "not permitted: CAP_NET_ADMIN is needed to change the firewall; "
				 "nothing was changed");
	else if (r == -EPROTONOSUPPORT || r == -EAFNOSUPPORT)
		log_line(SD_ERR, "this kernel has no nf_tables; nothing was changed");
	else
		log_line(SD_ERR, "cannot apply the configuration: %s; nothing was changed",
			strerror(-r));
	return r;
}

static int load(struct daemon *d, struct diags *diags, struct policy **ret)
{
	struct facts facts = {0};
	int r = facts_gather(&facts);
	if (r == 0)
		r = policy_load(&d->dirs, &file_access_system, &facts, diags, ret);
	facts_done(&facts);
	return r;
}

static const char *const outcome_text[] = {
	[APPLY_UNCHANGED] = "configuration unchanged",
	[APPLY_EXTENDED] = "configuration applied",
	[APPLY_RESTRICTED] = "configuration applied, live connections are judged again",
	[APPLY_REPLACED] = "configuration applied to a new table, live connections are judged again",
};

/* Reads and applies.  0, or negative errno after saying why. */
static int load_and_apply(struct daemon *d)
{
	struct diags diags = {0};
	struct policy *p = NULL;
	enum apply_outcome outcome;
	int r = load(d, &diags, &p);
	if (r == 0)
		r = apply(&d->socket, &d->now, p, &diags, &outcome);
	log_diags(&diags);
	if (r == 0)
		log_line(SD_INFO, "%s, generation %u", outcome_text[outcome],
			d->now.ruleset->generation);
	else if (r == -EINVAL)
		log_line(SD_ERR, "configuration refused, %zu errors; nothing was changed",
			diags.errors);
	else
		explain_failure(r);
	if (r < 0)
		policy_free(p);
	diags_done(&diags);
	return r;
}

static void say_reloading(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%llu",
		(unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000);
}

static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	(void)source;
	(void)info;
	say_reloading();
	int r = load_and_apply(userdata);
	sd_notifyf(false, "READY=1\nSTATUS=%s",
		r == 0 ? "protecting this host"
		       : "reload refused, the configuration before it is in force");
	return 0;
}

/* Signals are blocked before anything else happens: one that comes early waits. */
static int run(struct daemon *d)
{
	sd_event *event = NULL;
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	int r = sd_event_default(&event);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGHUP, on_hangup, d);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	if (r >= 0)
		r = nfsock_open(&d->socket);
	if (r < 0)
		explain_failure(r);
	else
		r = load_and_apply(d);
	if (r >= 0) {
		sd_notify(false, "READY=1\nSTATUS=protecting this host");
		r = sd_event_loop(event);
		sd_notify(false, "STOPPING=1");
	}
	applied_done(&d->now);
	nfsock_close(&d->socket);
	sd_event_unref(event);
	return r;
}

static void usage(void)
{
	printf("rolewalld [OPTION…]\n\n"
	       "  --config-dir DIR   rolewall.conf and what goes with it (default %s)\n"
	       "  --roles-dir DIR    the shipped role files (default %s)\n"
	       "  --state-dir DIR    (default %s)\n"
	       "  --runtime-dir DIR  (default %s)\n"
	       "  --help, --version\n\n"
	       "SIGHUP reads the configuration again; SIGTERM ends the daemon and leaves the\n"
	       "host protected.\n",
		DEFAULT_CONFIG_DIR, DEFAULT_ROLES_DIR, DEFAULT_STATE_DIR, DEFAULT_RUNTIME_DIR);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"config-dir", required_argument, NULL, 'c'},
		{"roles-dir", required_argument, NULL, 'r'},
		{"state-dir", required_argument, NULL, 's'},
		{"runtime-dir", required_argument, NULL, 't'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'v'},
		{0},
	};
	struct daemon d = {.dirs = {DEFAULT_CONFIG_DIR, DEFAULT_ROLES_DIR}};
	for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;)
		switch (o) {
		case 'c':
			d.dirs.config = optarg;
			break;
		case 'r':
			d.dirs.roles = optarg;
			break;
		case 's':
		case 't':
			break; /* nothing is kept there yet */
		case 'h':
			usage();
			return 0;
		case 'v':
			printf("rolewalld %s\n", VERSION);
			return 0;
		default:
			return 2;
		}
	if (optind < argc) {
		log_line(SD_ERR, "unknown argument '%s'; try rolewalld --help", argv[optind]);
		return 2;
	}
	return run(&d) < 0 ? 1 : 0;
}
