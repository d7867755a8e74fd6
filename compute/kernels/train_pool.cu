// Max pooling of a network: of every window of size x size values only the largest goes on, and on
// the way back the whole gradient goes to the one that was it.
//
// The windows lie side by side; a row or column that does not fill one is left out. A plane is one
// channel of one sample. `chosen` remembers the place within its window, row * size + column, of
// the first that was largest: the way back needs nothing else.
//
// Look for: the branch on the largest so far, which every lane takes at another time; on the way
//           back, the lanes of the row and column that no window holds.
// Expect:   size * size values are read for one that is written.

// Launch: grid (ceil(out_height * out_width / 256), planes), block 256. A thread makes one output.
extern "C" __global__ void maxpool_forward(const float* __restrict__ input,
                                           float* __restrict__ output,
                                           unsigned char* __restrict__ chosen, int height,
                                           int width, int size) {
  int out_height = height / size, out_width = width / size;
  int pixel = blockIdx.x * blockDim.x + threadIdx.x;
  if (pixel >= out_height * out_width) return;

  int plane = blockIdx.y;
  int y = pixel / out_width, x = pixel % out_width;
  const float* window = input + (plane * height + y * size) * width + x * size;
  float largest = window[0];
  int place = 0;
  for (int row = 0; row < size; ++row) {
    for (int column = 0; column < size; ++column) {
      float value = window[row * width + column];
      if (value > largest) {
        largest = value;
        place = row * size + column;
      }
    }
  }
  int at = plane * out_height * out_width + pixel;
  output[at] = largest;
  chosen[at] = place;
}

// Launch: grid (ceil(height * width / 256), planes), block 256. A thread makes the gradient of one
// input value.
extern "C" __global__ void maxpool_backward(const float* __restrict__ output_grad,
                                            const unsigned char* __restrict__ chosen,
                                            float* __restrict__ input_grad, int height, int width,
                                            int size) {
  int pixel = blockIdx.x * blockDim.x + threadIdx.x;
  if (pixel >= height * width) return;

  int out_height = height / size, out_width = width / size;
  int plane = blockIdx.y;
  int y = pixel / width, x = pixel % width;
  float grad = 0.0f;
  if (y / size < out_height && x / size < out_width) {
    int at = (plane * out_height + y / size) * out_width + x / size;
    int place = y % size * size + x % size;
    if (chosen[at] == place) grad = output_grad[at];
  }
  input_grad[plane * height * width + pixel] = grad;
}
