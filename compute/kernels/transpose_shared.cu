// Matrix transpose through shared memory: both the load and the store run along rows.
//
// A block reads a 32 x 32 tile row by row, waits until all of it is there, and writes it row by
// row to its mirrored place. The turn happens when a warp reads a column of the tile. Shared
// memory needs no coalescing, but it has 32 banks that serve one word each: element (row,
// column) lies in bank (32 * row + column) % 32, so a whole column lies in one bank.
//
// Look for: the scattered store is gone; instead, reading the tile's column is served lane
//           after lane.
// Expect:   4 sectors a load and a store. 32 wavefronts for the read of a column: a 32-way bank
//           conflict.

const int kTile = 32;  // the block is kTile x kTile threads

extern "C" __global__ void transpose_shared(const float* __restrict__ in,  // (height, width)
                                            float* __restrict__ out,       // (width, height)
                                            int width, int height) {
  __shared__ float tile[kTile][kTile];

  int x = blockIdx.x * kTile + threadIdx.x;
  int y = blockIdx.y * kTile + threadIdx.y;
  if (x < width && y < height) {
    tile[threadIdx.y][threadIdx.x] = in[y * width + x];
  }
  __syncthreads();

  // The block's place in the result: its x and y swapped. The lanes of a warp still lie along x.
  int out_x = blockIdx.y * kTile + threadIdx.x;
  int out_y = blockIdx.x * kTile + threadIdx.y;
  if (out_x < height && out_y < width) {
    out[out_y * height + out_x] = tile[threadIdx.x][threadIdx.y];
  }
}
