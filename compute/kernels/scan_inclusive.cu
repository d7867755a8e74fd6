// Inclusive scan of each block after Hillis and Steele: out[i] becomes the sum of in[0] to
// in[i] within the block.
//
// A sum that seems to need one step after the other takes log2(n) rounds: in each, every
// element takes in the one `offset` before it, and the offset doubles. After the rounds 1, 2,
// 4, ... an element holds the sum of all elements before it. This makes n * log2(n) additions
// where a loop makes n. Work-efficient scans make about 2 * n, but need twice as many rounds
// with few threads at work in most of them; for a block whose lanes run anyway, this one is
// simpler and no slower.
//
// Look for: the two barriers of a round. All must have read before anybody writes, and have
//           written before anybody reads.
// Expect:   log2(block) rounds; no bank conflicts; lanes below the offset keep out of the
//           round.

extern "C" __global__ void scan_inclusive(const float* __restrict__ in, float* __restrict__ out,
                                          int n) {
  extern __shared__ float running[];  // blockDim.x floats

  int t = threadIdx.x;
  int i = blockIdx.x * blockDim.x + t;
  running[t] = i < n ? in[i] : 0.0f;
  __syncthreads();

  for (int offset = 1; offset < blockDim.x; offset *= 2) {
    float before = t >= offset ? running[t - offset] : 0.0f;
    __syncthreads();
    running[t] += before;
    __syncthreads();
  }

  if (i < n) {
    out[i] = running[t];
  }
}
