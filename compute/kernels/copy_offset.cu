// Offset copy: what it costs when a warp's 128 bytes do not begin where a sector does.
//
// The lanes read side by side, but `offset` floats late. Unless the offset is a multiple of 8
// floats, the 128 bytes begin in the middle of one 32-byte sector and end in the middle of
// another: five sectors instead of four. The sector that two warps share often comes from the
// cache for the second of them, so the loss on a real GPU is smaller than it looks.
//
// Look for: one sector more for each load, with offset 1 just as with offset 7; none with
//           offset 8.
// Expect:   5 sectors a load of a full warp, 4 a store.

extern "C" __global__ void copy_offset(const float* __restrict__ in, float* __restrict__ out, int n,
                                       int offset) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    out[i] = in[i + offset];
  }
}
