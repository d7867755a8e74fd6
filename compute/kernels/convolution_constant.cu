// 2D convolution with the filter in constant memory: what all lanes read at once comes from a
// cache made for it.
//
// Constant memory is written by the host before the launch and only read by the kernel. Its
// cache serves one word to a whole warp in one go, as long as all lanes ask for the same one,
// and a filter is just that: all lanes are at the same weight at the same time. The weights no
// longer take up global loads, nor room in the cache of the image.
//
// Look for: compared with convolution_naive, one of the two loads of the inner loop is gone
//           from the global requests.
// Expect:   half the global requests of convolution_naive, and the same results bit for bit.

const int kRadius = 2;
const int kSize = 2 * kRadius + 1;

__constant__ float filter[kSize * kSize];

extern "C" __global__ void convolution_constant(const float* __restrict__ image,  // (height, width)
                                                float* __restrict__ out,          // (height, width)
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
