// 2D convolution through a shared tile: a block fetches its pixels once, with a border as wide
// as the filter reaches.
//
// The 16 x 16 results of a block depend on 20 x 20 pixels. Its 256 threads load these 400
// together, in up to four rounds, with zeros for pixels beyond the image. After the barrier the
// inner loop reads shared memory only and needs no ifs: 400 global loads a block instead of 25
// for each of 256 results, 6400.
//
// Look for: the loading loop, where threads fetch pixels that are not their own, and some fetch
//           more than others.
// Expect:   2 wavefronts for each read of the tile by a full warp: its two rows of 16 pixels
//           begin 20 banks apart, so the second runs round into the first four banks of the
//           first.

const int kRadius = 2;
const int kSize = 2 * kRadius + 1;
const int kBlock = 16;                   // the block is kBlock x kBlock threads
const int kTile = kBlock + 2 * kRadius;  // pixels that a block needs in each direction

__constant__ float filter[kSize * kSize];

extern "C" __global__ void convolution_tiled(const float* __restrict__ image,  // (height, width)
                                             float* __restrict__ out,          // (height, width)
                                             int width, int height) {
  __shared__ float tile[kTile][kTile];

  int first_x = blockIdx.x * kBlock - kRadius;
  int first_y = blockIdx.y * kBlock - kRadius;
  for (int row = threadIdx.y; row < kTile; row += kBlock) {
    for (int column = threadIdx.x; column < kTile; column += kBlock) {
      int from_x = first_x + column;
      int from_y = first_y + row;
      bool inside = from_x >= 0 && from_x < width && from_y >= 0 && from_y < height;
      tile[row][column] = inside ? image[from_y * width + from_x] : 0.0f;
    }
  }
  __syncthreads();

  int x = blockIdx.x * kBlock + threadIdx.x;
  int y = blockIdx.y * kBlock + threadIdx.y;
  if (x < width && y < height) {
    float sum = 0.0f;
    for (int row = 0; row < kSize; ++row) {
      for (int column = 0; column < kSize; ++column) {
        sum += filter[row * kSize + column] * tile[threadIdx.y + row][threadIdx.x + column];
      }
    }
    out[y * width + x] = sum;
  }
}
