/* Fuzz: a capture file from its first byte to its last, and what its datagrams decode to. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/file.h"
#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(fd_closep) int fd = memfd_create("capture", MFD_CLOEXEC);
	_cleanup_(capture_closep) struct capture *c = NULL;
	_cleanup_(wire_freep) struct wire *w = NULL;
	struct wire_sink sink = { 0 };
	struct problem why;
	struct datagram d;
	char path[40];

	if (fd < 0 || write_all(fd, data, size) != OK || wire_new(&sink, &w) != OK)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (capture_open(path, &c, &why) != OK)
		return 0;
	while (capture_next(c, &d, &why) == OK)
		wire_decode(w, &d);
	return 0;
}
