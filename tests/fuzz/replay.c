/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay_X DIR…: gives each file to the fuzzer's function, once. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static int run_file(const char *path)
{
	struct stat st;
	FILE *file = fopen(path, "rb");
	if (!file || fstat(fileno(file), &st) < 0) {
		perror(path);
		return -1;
	}
	size_t size = (size_t)st.st_size;
	uint8_t *bytes = malloc(size ? size : 1); /* exact, so that the sanitizer looks */
	if (!bytes || fread(bytes, 1, size, file) != size) {
		perror(path);
		return -1;
	}
	fclose(file);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	return 0;
}

static int run_directory(const char *directory)
{
	struct dirent **entries;
	int run = 0, n = scandir(directory, &entries, NULL, alphasort);
	if (n < 0) {
		perror(directory);
		return -1;
	}
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		if (run >= 0 && entries[i]->d_name[0] != '.')
			run = run_file(path) < 0 ? -1 : run + 1;
		free(entries[i]);
	}
	free(entries);
	return run;
}

int main(int argc, char **argv)
{
	int run = 0;
	for (int i = 1; i < argc; i++) {
		int n = run_directory(argv[i]);
		if (n < 0)
			return 1;
		run += n;
	}
	printf("%d inputs\n", run);
	return run ? 0 : 1; /* nothing to run is a wrong path */
}
