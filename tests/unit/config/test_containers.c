/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interfaces lead to containers and guests only. */
#include "host_fixture.h"

#include "config/containers.h"

/* The names of the interfaces, and how many runs of addresses are there. */
static void assert_containers(struct fixture *f, const char *keys, const struct facts *facts,
	const char *wanted, size_t networks)
{
	char text[256], found[256] = "";
	snprintf(text, sizeof(text), "[host]\n%s", keys);
	struct host h = read_with_facts(f, text, facts);
	assert_no_faults(&f->diags);
	for (size_t i = 0; i < h.containers.count; i++)
		strcat(strcat(found, i ? " " : ""), h.containers.items[i].text);
	assert_string_equal(found, wanted);
	assert_int_equal(addrset_count(&h.container_networks), networks);
	assert_true(h.follows & FOLLOWS_LINKS);
	host_done(&h);
}

static void containers_are_behind_bridges_unless_somebody_says_otherwise(void **state)
{
	struct fixture *f = *state;
	char inside[][IFNAMSIZ] = {"docker0", "br0"};
	char all[][IFNAMSIZ] = {"docker0", "br0", "eth0"};
	struct link_address links[] = {
		on("docker0", four(172, 17, 0, 1), four(172, 17, 0, 0), four(172, 17, 255, 255)),
		on("br0", four(10, 7, 0, 1), four(10, 7, 0, 0), four(10, 7, 0, 255)),
		on("eth0", four(10, 0, 0, 1), four(10, 0, 0, 0), four(10, 0, 0, 255)),
	};
	struct gateway gateway = {.address = four(10, 0, 0, 254)};
	struct facts facts = {.addresses = links,
		.n_addresses = 3,
		.links = all,
		.n_links = 3,
		.inside = inside,
		.n_inside = 2,
		.gateways = &gateway,
		.n_gateways = 1};
	assert_containers(f, "", &facts, "docker0 br0", 2);
	assert_containers(f, "containers = auto\n", &facts, "docker0 br0", 2);
	assert_containers(f, "containers = none\n", &facts, "", 0);
	assert_containers(f, "containers = eth0 docker0\n", &facts, "eth0 docker0", 2);
	/* whom flows let in by it is outside */
	assert_containers(f, "interface = eth0 br0\n", &facts, "docker0", 1);
	/* and so is everybody behind the default route */
	gateway.address = four(10, 7, 0, 254);
	assert_containers(f, "", &facts, "docker0", 1);
	links[0].is_down = true;
	assert_containers(f, "", &facts, "docker0", 0);
	assert_containers(f, "", NULL, "", 0);
}

static void containers_are_one_word_or_interfaces_that_there_are(void **state)
{
	char all[][IFNAMSIZ] = {"docker0"};
	const struct facts facts = {.links = all, .n_links = 1};
	struct fixture *f = *state;
	struct host h = read_with_facts(f, "[host]\ncontainers = docker0 none\n", &facts);
	assert_faults(&f->diags, "rolewall.conf:2:22: error: 'none' must stand alone; write it "
				 "alone, or write the names of interfaces\n"
				 "rolewall.conf:2:22: warning: there is no interface 'none' now; "
				 "it matches no container until there is one\n");
	host_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(containers_are_behind_bridges_unless_somebody_says_otherwise),
		FIXTURE_TEST(containers_are_one_word_or_interfaces_that_there_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
