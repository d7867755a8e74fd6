// training/vector_clones.h: one loop, compiled once for each vector width, chosen when the program starts. Floor 4.
// The results are the same bits at every width: the loops marked with it add in a fixed order, and the build forbids
// fused multiply-add.
#pragma once

// A macro because an attribute cannot be named otherwise. GCC on x86 only (Clang 14 does not know the attribute), and
// not under sanitizers, whose runtime is not ready yet when the choice is made.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define WARPSCOPE_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WARPSCOPE_VECTOR_CLONES
#endif
