// Matrix product in strips: a tiled product whose block may have any number of rows.
//
// A block computes a strip of C, 32 columns wide and blockDim.y rows high; a warp is one of its
// rows. Tile by tile it walks along its strip of A and down 32 columns of B. Every thread fetches
// one element of A. The tile of B has 32 rows however many warps there are, so that all warps
// fetch it together, each every blockDim.y-th row of it. Each element of B, once it is there,
// serves all rows of the block: the more rows, the less often it is fetched.
//
// Look for: a block of 128 threads fetches 8 rows of B's tile with each of its 4 warps. One of 96
//           has 3 warps, which go round 11 times, and one of the SM's 4 schedulers gets nothing
//           from it. The last round finds only 2 rows for 3 warps, which then wait at the barrier.
// Expect:   1 wavefront for each access to the tiles: all lanes read the same word of A, and one
//           row of B.

const int kTile = 32;  // the block is kTile threads wide

extern "C" __global__ void matmul_strip(const float* __restrict__ a, const float* __restrict__ b,
                                        float* __restrict__ c, int n) {  // all (n, n)
  extern __shared__ float tiles[];             // (blockDim.y + kTile) * kTile floats
  float* a_strip = tiles;                      // (blockDim.y, kTile)
  float* b_tile = tiles + blockDim.y * kTile;  // (kTile, kTile)

  int row = blockIdx.y * blockDim.y + threadIdx.y;
  int column = blockIdx.x * kTile + threadIdx.x;
  float sum = 0.0f;

  for (int first = 0; first < n; first += kTile) {
    int a_column = first + threadIdx.x;
    // What reaches beyond the matrix is filled up with zeros, which add nothing.
    a_strip[threadIdx.y * kTile + threadIdx.x] =
        row < n && a_column < n ? a[row * n + a_column] : 0.0f;
    for (int tile_row = threadIdx.y; tile_row < kTile; tile_row += blockDim.y) {
      int b_row = first + tile_row;
      b_tile[tile_row * kTile + threadIdx.x] =
          b_row < n && column < n ? b[b_row * n + column] : 0.0f;
    }
    __syncthreads();

    for (int k = 0; k < kTile; ++k) {
      sum += a_strip[threadIdx.y * kTile + k] * b_tile[k * kTile + threadIdx.x];
    }
    __syncthreads();
  }

  if (row < n && column < n) {
    c[row * n + column] = sum;
  }
}
