// Strided copy: what it costs when the lanes of a warp do not read side by side.
//
// Memory moves in sectors of 32 bytes, eight floats. Lanes that read every `stride`-th float
// use only a part of each sector, but the whole sector is fetched. From a stride of 8 on every
// lane needs a sector of its own.
//
// Look for: the sectors of the load grow with the stride, those of the store do not.
// Expect:   sectors a load of a full warp: 4 at stride 1, 8 at 2, 16 at 4, 32 from 8 on. The
//           store always has 4.

extern "C" __global__ void copy_strided(const float* __restrict__ in, float* __restrict__ out,
                                        int n, int stride) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) {
    out[i] = in[i * stride];
  }
}
