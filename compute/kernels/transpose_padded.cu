// Matrix transpose through a padded tile: one unused column ends all bank conflicts.
//
// Only the width of the tile has changed, from 32 to 33. Element (row, column) now lies in bank
// (33 * row + column) % 32, which is (row + column) % 32: going down a column, every row is one
// bank further, and 32 lanes find 32 different banks. The price is 128 bytes of shared memory
// that nobody uses.
//
// Look for: the same program as transpose_shared; compare the wavefronts of the last line.
// Expect:   4 sectors a load and a store, 1 wavefront for each access to the tile.

const int kTile = 32;  // the block is kTile x kTile threads

extern "C" __global__ void transpose_padded(const float* __restrict__ in,  // (height, width)
                                            float* __restrict__ out,       // (width, height)
                                            int width, int height) {
  __shared__ float tile[kTile][kTile + 1];

  int x = blockIdx.x * kTile + threadIdx.x;
  int y = blockIdx.y * kTile + threadIdx.y;
  if (x < width && y < height) {
    tile[threadIdx.y][threadIdx.x] = in[y * width + x];
  }
  __syncthreads();

  int out_x = blockIdx.y * kTile + threadIdx.x;
  int out_y = blockIdx.x * kTile + threadIdx.y;
  if (out_x < height && out_y < width) {
    out[out_y * height + out_x] = tile[threadIdx.x][threadIdx.y];
  }
}
