// Conway's game of life, one generation: a stencil, every cell looks at its eight neighbours.
//
// A living cell lives on with two or three living neighbours; a dead one comes to life with
// exactly three. All cells change at once, so the kernel reads one array and writes another;
// the host swaps them between launches. The world is a torus: beyond each edge lies the
// opposite one.
//
// Look for: eight loads of neighbours that overlap almost entirely: the cache serves most of
//           them.
// Expect:   byte-sized cells: a warp of 32 cells side by side needs 1 sector, or 2 where the
//           neighbours to the left or right lie in the next one.

extern "C" __global__ void game_of_life(
    const unsigned char* __restrict__ now,  // (height, width), 0 or 1
    unsigned char* __restrict__ next,       // (height, width)
    int width, int height) {
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x < width && y < height) {
    int neighbours = 0;
    for (int dy = -1; dy <= 1; ++dy) {
      for (int dx = -1; dx <= 1; ++dx) {
        int from_x = (x + dx + width) % width;
        int from_y = (y + dy + height) % height;
        if (dx != 0 || dy != 0) {
          neighbours += now[from_y * width + from_x];
        }
      }
    }
    bool alive = now[y * width + x] != 0;
    next[y * width + x] = neighbours == 3 || (alive && neighbours == 2);
  }
}
