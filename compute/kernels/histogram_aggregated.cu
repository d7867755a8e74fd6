// Histogram with warp-aggregated atomics: lanes with the same bin agree on one of them, who
// counts for all.
//
// __match_any_sync tells each lane which lanes of its warp hold the same bin, as a mask. The
// lowest of them, the leader, adds their number in a single atomic. The fewer different bins a
// warp meets, the more this saves: where a whole warp reads one colour, 32 atomics become one.
// The block's size must be a multiple of 32: the first mask names all lanes of the warp.
//
// Look for: the peers' masks: together they cover the warp, each lane in exactly one group.
// Expect:   a warp's atomic goes to as many lanes as it has different bins, at most 16, and no
//           two to one address.

extern "C" __global__ void histogram_aggregated(const unsigned char* __restrict__ data,
                                                unsigned* __restrict__ bins,  // (16)
                                                int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  // Who is still here after the guard must be known before it: the mask of the match names them.
  unsigned in_range = __ballot_sync(0xffffffffu, i < n);
  if (i < n) {
    int bin = data[i] / 16;
    unsigned peers = __match_any_sync(in_range, bin);
    int lane = threadIdx.x % 32;
    int leader = __ffs(peers) - 1;  // the lowest set bit
    if (lane == leader) {
      atomicAdd(&bins[bin], __popc(peers));
    }
  }
}
