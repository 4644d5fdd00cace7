#pragma once
#include <getopt.h>

// getopt's place in the arguments is kept in global variables, which Swift does not read.

/// Forgets an earlier scan, and keeps getopt_long from printing.
static inline void getopt_restart(void) {
    optind = 0;
    opterr = 0;
}

/// The index of the next argument.
static inline int getopt_position(void) { return optind; }

/// The value of the option just returned.
static inline const char *getopt_value(void) { return optarg; }
