#include "base/vector.h"

#if defined(__x86_64__)
bool vector_without_avx2;
#endif
