/* Runs a fuzz target over files and folders of its corpus (and every prefix of small files),
 * so that plain `make test` replays what fuzzing found.  Prints TAP. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long done;

static void run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) != 0) {
		fprintf(stderr, "%s: cannot read\n", path);
		exit(1);
	}
	size_t size = (size_t)ftell(f);
	rewind(f);
	uint8_t *data = malloc(size + 1);
	if (!data || fread(data, 1, size, f) != size)
		exit(1);
	fclose(f);
	for (size_t n = size > 2048 ? size : 0; n <= size; n++) {
		uint8_t *exact = malloc(n ? n : 1); /* so that a read past the end is seen */
		if (!exact)
			exit(1);
		memcpy(exact, data, n);
		LLVMFuzzerTestOneInput(exact, n);
		free(exact);
	}
	free(data);
	done++;
}

static void run_path(const char *path)
{
	struct stat st;
	DIR *d = stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? opendir(path) : NULL;
	if (!d) {
		run_file(path);
		return;
	}
	for (struct dirent *e; (e = readdir(d));) {
		char below[4096];
		if (e->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		run_path(below);
	}
	closedir(d);
}

int main(int argc, char **argv)
{
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		done = 0;
		run_path(argv[i]);
		printf("%s %d - replayed %lu inputs of %s\n", done ? "ok" : "not ok", i, done, argv[i]);
	}
	return argc < 2;
}
