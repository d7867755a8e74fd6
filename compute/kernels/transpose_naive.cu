// Matrix transpose, the obvious way: read along rows, write along columns.
//
// A warp is a row of the 32 x 32 block. Its lanes read 32 neighbours of a row, which is ideal.
// What they write lies in a column: each lane's element is in another row of the result,
// `height` floats behind its neighbour's. The next version turns the tile round where being
// scattered costs nothing: in shared memory.
//
// Look for: one line, two accesses: the load is perfectly coalesced, the store is not at all.
// Expect:   4 sectors a load, 32 a store of a full warp.

extern "C" __global__ void transpose_naive(const float* __restrict__ in,  // (height, width)
                                           float* __restrict__ out,       // (width, height)
                                           int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < width && y < height) {
    out[x * height + y] = in[y * width + x];
  }
}
