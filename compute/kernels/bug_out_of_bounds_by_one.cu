// A bug to be found: the differences between neighbours, out[i] = in[i + 1] - in[i]. All
// results but one are right.
//
// Both arrays have n elements, and the guard lets exactly n threads through.
//
// Look for: the last element.
// Try:      the memory checker; other values of n. Without a checker a GPU often says nothing
//           at all.

extern "C" __global__ void bug_out_of_bounds_by_one(const float* __restrict__ in,
                                                    float* __restrict__ out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    out[i] = in[i + 1] - in[i];
  }
}

// The bug: n elements have only n - 1 neighbours. The thread with i = n - 1 reads in[n], four
// bytes behind the array. On a GPU there often lies something else that may be read, so the
// last result is just wrong. The guard must be i + 1 < n.
