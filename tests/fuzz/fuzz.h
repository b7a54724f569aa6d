/*
 * fuzz: what each fuzz_<module>.c defines.  libFuzzer calls it with bytes of
 * its own, replay.c with the files of corpus/<module>/.  It returns 0; a
 * broken invariant ends the process (assert, abort, a sanitizer).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#endif /* FUZZ_H */
