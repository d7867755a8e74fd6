// Mandelbrot set: every pixel is one thread, and pixels need very different numbers of steps.
//
// Starting from z = 0, z is replaced by z * z + c until it leaves the circle of radius 2.
// Outside the set that takes a few steps, inside it never happens. A warp runs until its
// slowest lane is done; lanes that have left the loop wait for it. `steps` is (height, width);
// left, top and the size of a pixel are lengths in the complex plane.
//
// Look for: warps at the border of the set, where few lanes keep all others waiting.
// Expect:   a divergent branch whenever some of a warp's lanes leave the loop and others stay;
//           active lanes in the loop fall towards 1 at the border, and stay at 32 inside the
//           set.

extern "C" __global__ void mandelbrot(int* __restrict__ steps, int width, int height, float left,
                                      float top, float pixel, int max_steps) {
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < width && y < height) {
    float c_re = left + x * pixel;
    float c_im = top - y * pixel;
    float re = 0.0f;
    float im = 0.0f;
    int step = 0;
    while (step < max_steps && re * re + im * im <= 4.0f) {
      float next_re = re * re - im * im + c_re;
      im = 2.0f * re * im + c_im;
      re = next_re;
      ++step;
    }
    steps[y * width + x] = step;
  }
}
