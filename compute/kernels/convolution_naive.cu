// 2D convolution, the obvious way: each thread weighs the 5 x 5 neighbourhood of one pixel.
//
// Everything comes from global memory: 25 pixels and 25 weights for each result. Neighbours
// share 20 of their 25 pixels, and all threads share all weights, but each fetches them for
// itself. Pixels beyond the border count as 0. As in neural networks, the filter is not turned
// round.
//
// Look for: at the border of the image, lanes whose neighbour does not exist sit out.
// Expect:   two loads for each of the 25 multiply-adds; the load of a weight has the same
//           address in all lanes: 1 sector.

const int kRadius = 2;
const int kSize = 2 * kRadius + 1;

extern "C" __global__ void convolution_naive(const float* __restrict__ image,   // (height, width)
                                             const float* __restrict__ filter,  // (kSize, kSize)
                                             float* __restrict__ out,           // (height, width)
                                             int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < width && y < height) {
    float sum = 0.0f;
    for (int row = 0; row < kSize; ++row) {
      for (int column = 0; column < kSize; ++column) {
        int from_x = x + column - kRadius;
        int from_y = y + row - kRadius;
        if (from_x >= 0 && from_x < width && from_y >= 0 && from_y < height) {
          sum += filter[row * kSize + column] * image[from_y * width + from_x];
        }
      }
    }
    out[y * width + x] = sum;
  }
}
