/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox_probe NAME…: tries what a directive of the unit forbids, or what the daemon needs.
 * Each try is a line, "NAME done" or "NAME refused: why".  Nothing that is tried would harm
 * the machine if it were let.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each: true if it was done, otherwise errno says why not. */

static bool be_root(void)
{
	errno = EPERM;
	return geteuid() == 0;
}

static bool be_root_group(void)
{
	errno = EPERM;
	return getegid() == 0;
}

static bool can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0666);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool read_shadow(void)
{
	return can_open("/etc/shadow", O_RDONLY);
}

static bool read_configuration(void)
{
	return can_open("/etc/rolewall/rolewall.conf", O_RDONLY);
}

static bool read_resolvers(void)
{
	return can_open("/etc/resolv.conf", O_RDONLY) &&
	       can_open("/run/systemd/resolve/resolv.conf", O_RDONLY);
}

static bool write_state(void)
{
	return can_open("/var/lib/rolewall/probe", O_WRONLY | O_CREAT) &&
	       unlink("/var/lib/rolewall/probe") == 0;
}

static bool write_runtime(void)
{
	return can_open("/run/rolewall/probe", O_WRONLY | O_CREAT) &&
	       unlink("/run/rolewall/probe") == 0;
}

static bool write_for_others(void)
{
	const char path[] = "/run/probe-for-others";
	struct stat st;
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	bool known = fd >= 0 && fstat(fd, &st) == 0;
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	errno = EPERM;
	return known && (st.st_mode & 077) != 0;
}

static bool write_system(void)
{
	return can_open("/usr/probe", O_WRONLY | O_CREAT) &&
	       can_open("/etc/probe", O_WRONLY | O_CREAT) &&
	       can_open("/srv/probe", O_WRONLY | O_CREAT);
}

static bool see_home(void)
{
	return access("/home/probe", F_OK) == 0;
}

static bool see_temporary_files(void)
{
	return access("/tmp/probe", F_OK) == 0 || access("/var/tmp/probe", F_OK) == 0;
}

static bool write_temporary_files(void)
{
	return can_open("/tmp/probe-new", O_WRONLY | O_CREAT) ||
	       can_open("/var/tmp/probe-new", O_WRONLY | O_CREAT);
}

/* /dev/mem; it is made and never opened */
static bool make_device(void)
{
	unlink("/run/probe-device");
	return mknod("/run/probe-device", S_IFCHR | 0600, makedev(1, 1)) == 0;
}

static bool read_null(void)
{
	return can_open("/dev/null", O_RDWR);
}

static bool see_processes(void)
{
	return can_open("/proc/1/status", O_RDONLY);
}

static bool same_namespace(const char *name)
{
	/* what it is outside a file tells that the test has made */
	char path[64], ours[64] = "", outside[64] = "";
	snprintf(path, sizeof(path), "/proc/self/ns/%s", name);
	bool known = readlink(path, ours, sizeof(ours) - 1) > 0;
	snprintf(path, sizeof(path), "/run/probe-ns-%s", name);
	known = readlink(path, outside, sizeof(outside) - 1) > 0 && known;
	errno = EPERM;
	return !known || strcmp(ours, outside) == 0;
}

static bool share_mounts(void)
{
	return same_namespace("mnt");
}

static bool share_memory(void)
{
	return same_namespace("ipc");
}

static bool make_socket(int family, int type, int protocol)
{
	int fd = socket(family, type | SOCK_CLOEXEC, protocol);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool internet(void)
{
	return make_socket(AF_INET, SOCK_DGRAM, 0) || make_socket(AF_INET6, SOCK_DGRAM, 0);
}

static bool packet_socket(void)
{
	return make_socket(AF_PACKET, SOCK_RAW, 0);
}

static bool local_socket(void)
{
	return make_socket(AF_UNIX, SOCK_STREAM, 0);
}

static bool netlink_routes(void)
{
	return make_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

/* As the daemon does: a buffer beyond the limit, which takes CAP_NET_ADMIN. */
static bool administer_network(void)
{
	const int size = 1 << 26;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	bool done = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) == 0;
	if (fd >= 0)
		close(fd);
	return done;
}

static bool change_root(void)
{
	return chroot("/") == 0;
}

static bool become_more(void)
{
	errno = EPERM;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
}

static bool leave_set_user_id(void)
{
	const char path[] = "/run/probe-suid";
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	bool done = fd >= 0 && fchmod(fd, 04700) == 0;
	if (fd >= 0)
		close(fd);
	return done;
}

static bool kernel_setting(void)
{
	return can_open("/proc/sys/kernel/printk", O_WRONLY);
}

/* EFAULT would say that the call was let. */
static bool load_module(void)
{
	return syscall(SYS_init_module, NULL, 0, NULL) == 0 || errno != EPERM;
}

static bool kernel_log(void)
{
	return klogctl(10, NULL, 0) >= 0;
}

static bool control_groups(void)
{
	return can_open("/sys/fs/cgroup/cgroup.procs", O_WRONLY);
}

static bool clock_adjustment(void)
{
	struct timex t = {0};
	return adjtimex(&t) >= 0;
}

static bool host_name(void)
{
	char name[256];
	return gethostname(name, sizeof(name)) == 0 && sethostname(name, strlen(name)) == 0;
}

static bool make_namespace(void)
{
	return unshare(CLONE_NEWUTS) == 0;
}

static bool real_time(void)
{
	const struct sched_param p = {.sched_priority = 1};
	return sched_setscheduler(0, SCHED_FIFO, &p) == 0;
}

static bool other_personality(void)
{
	return personality(PER_LINUX | ADDR_NO_RANDOMIZE) >= 0;
}

static bool write_and_run(void)
{
	return mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

/* Whether a child lives to its end. */
static bool survives(void (*child)(void))
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		child();
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	errno = EPERM;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void nothing(void)
{
}

static bool fork_child(void)
{
	return survives(nothing);
}

static void call_of_32_bits(void)
{
#ifdef __x86_64__
	long r = 20; /* getpid */
	__asm__ volatile("int $0x80" : "+a"(r) : : "memory", "r8", "r9", "r10", "r11");
	if (r != getpid())
		_exit(1);
#endif
}

static bool other_architecture(void)
{
	return survives(call_of_32_bits);
}

static const struct {
	const char *name;
	bool (*done)(void);
} tries[] = {
	{"be-root", be_root},
	{"be-root-group", be_root_group},
	{"read-shadow", read_shadow},
	{"read-configuration", read_configuration},
	{"read-resolvers", read_resolvers},
	{"write-state", write_state},
	{"write-runtime", write_runtime},
	{"write-for-others", write_for_others},
	{"write-system", write_system},
	{"see-home", see_home},
	{"see-temporary-files", see_temporary_files},
	{"write-temporary-files", write_temporary_files},
	{"make-device", make_device},
	{"read-null", read_null},
	{"see-processes", see_processes},
	{"share-mounts", share_mounts},
	{"share-memory", share_memory},
	{"internet", internet},
	{"packet-socket", packet_socket},
	{"local-socket", local_socket},
	{"netlink-routes", netlink_routes},
	{"administer-network", administer_network},
	{"change-root", change_root},
	{"become-more", become_more},
	{"leave-set-user-id", leave_set_user_id},
	{"kernel-setting", kernel_setting},
	{"load-module", load_module},
	{"kernel-log", kernel_log},
	{"control-groups", control_groups},
	{"clock-adjustment", clock_adjustment},
	{"host-name", host_name},
	{"make-namespace", make_namespace},
	{"real-time", real_time},
	{"other-personality", other_personality},
	{"write-and-run", write_and_run},
	{"fork", fork_child},
	{"other-architecture", other_architecture},
};

int main(int argc, char **argv)
{
	const size_t n = sizeof(tries) / sizeof(tries[0]);
	for (int i = 1; i < argc; i++) {
		size_t k = 0;
		while (k < n && strcmp(tries[k].name, argv[i]) != 0)
			k++;
		if (k == n) {
			fprintf(stderr, "sandbox_probe: there is no try '%s'\n", argv[i]);
			return 2;
		}
		errno = 0;
		if (tries[k].done())
			printf("%s done\n", argv[i]);
		else
			printf("%s refused: %s\n", argv[i], strerror(errno));
		fflush(stdout);
	}
	return 0;
}
