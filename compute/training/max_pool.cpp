#include "compute/training/max_pool.h"

#include <algorithm>
#include <cstring>

#include "compute/training/vector_clones.h"

namespace warpscope::training {
namespace {

// A block of channels is one vector (GCC's and Clang's vector extension).
template <int kBlock>
struct Vectors;
template <>
struct Vectors<8> {
  using Floats = float __attribute__((vector_size(32)));
  using Ints = std::int32_t __attribute__((vector_size(32)));
  using Bytes = std::uint8_t __attribute__((vector_size(8)));
};
template <>
struct Vectors<16> {
  using Floats = float __attribute__((vector_size(64)));
  using Ints = std::int32_t __attribute__((vector_size(64)));
  using Bytes = std::uint8_t __attribute__((vector_size(16)));
};

// The window of every network we have is a
// constant too: kSize 2. kSize 0 stands for any other.
template <int kBlock, int kSize>
struct Kernel {
  using Floats = typename Vectors<kBlock>::Floats;
  using Ints = typename Vectors<kBlock>::Ints;
  using Bytes = typename Vectors<kBlock>::Bytes;

  static int size(const PoolGeometry& g) { return kSize > 0 ? kSize : g.size; }

  [[gnu::always_inline]] static void forward(const PoolGeometry& g, const float* __restrict input,
                                             float* __restrict output, std::uint8_t* __restrict winners) {
    const int out_height = g.height / size(g);
    const int out_width = g.width / size(g);
    for (std::int64_t plane = 0; plane < g.planes; ++plane) {
      const float* in = input + plane * g.height * g.width * kBlock;
      for (int row = 0; row < out_height; ++row) {
        for (int column = 0; column < out_width; ++column) {
          window_maximum(g, in + (row * g.width + column) * size(g) * kBlock, output, winners);
          output += kBlock;
          winners += kBlock;
        }
      }
    }
  }

  [[gnu::always_inline]] static void window_maximum(const PoolGeometry& g, const float* window, float* output,
                                                    std::uint8_t* winners) {
    Floats best;
    std::memcpy(&best, window, sizeof best);
    Ints winner{};
    for (int y = 0; y < size(g); ++y) {
      for (int x = 0; x < size(g); ++x) {
        Floats pixel;
        std::memcpy(&pixel, window + (y * g.width + x) * kBlock, sizeof pixel);
        const Ints larger = pixel > best;
        winner = larger ? Ints{} + (y * size(g) + x) : winner;
        best = larger ? pixel : best;
      }
    }
    const Bytes bytes = __builtin_convertvector(winner, Bytes);
    std::memcpy(output, &best, sizeof best);
    std::memcpy(winners, &bytes, sizeof bytes);
  }

  [[gnu::always_inline]] static void backward(const PoolGeometry& g, const float* __restrict output_diff,
                                              const std::uint8_t* __restrict winners, float* __restrict input_diff) {
    const int out_height = g.height / size(g);
    const int out_width = g.width / size(g);
    const bool has_rest = g.height % size(g) != 0 || g.width % size(g) != 0;
    for (std::int64_t plane = 0; plane < g.planes; ++plane) {
      float* in = input_diff + plane * g.height * g.width * kBlock;
      if (has_rest) std::fill_n(in, g.height * g.width * kBlock, 0.0F);
      for (int row = 0; row < out_height; ++row) {
        for (int column = 0; column < out_width; ++column) {
          float* window = in + (row * g.width + column) * size(g) * kBlock;
          Floats diff;
          Bytes bytes;
          std::memcpy(&diff, output_diff, sizeof diff);
          std::memcpy(&bytes, winners, sizeof bytes);
          const Ints winner = __builtin_convertvector(bytes, Ints);
          for (int y = 0; y < size(g); ++y) {
            for (int x = 0; x < size(g); ++x) {
              const Floats pixel = winner == y * size(g) + x ? diff : Floats{};
              std::memcpy(window + (y * g.width + x) * kBlock, &pixel, sizeof pixel);
            }
          }
          output_diff += kBlock;
          winners += kBlock;
        }
      }
    }
  }
};

WARPSCOPE_VECTOR_CLONES
void forward_8(const PoolGeometry& g, const float* in, float* out, std::uint8_t* winners) {
  g.size == 2 ? Kernel<8, 2>::forward(g, in, out, winners) : Kernel<8, 0>::forward(g, in, out, winners);
}
WARPSCOPE_VECTOR_CLONES
void backward_8(const PoolGeometry& g, const float* out_diff, const std::uint8_t* winners, float* in_diff) {
  g.size == 2 ? Kernel<8, 2>::backward(g, out_diff, winners, in_diff)
              : Kernel<8, 0>::backward(g, out_diff, winners, in_diff);
}
WARPSCOPE_VECTOR_CLONES
void forward_16(const PoolGeometry& g, const float* in, float* out, std::uint8_t* winners) {
  g.size == 2 ? Kernel<16, 2>::forward(g, in, out, winners) : Kernel<16, 0>::forward(g, in, out, winners);
}
WARPSCOPE_VECTOR_CLONES
void backward_16(const PoolGeometry& g, const float* out_diff, const std::uint8_t* winners, float* in_diff) {
  g.size == 2 ? Kernel<16, 2>::backward(g, out_diff, winners, in_diff)
              : Kernel<16, 0>::backward(g, out_diff, winners, in_diff);
}

}  // namespace

void max_pool_forward(const PoolGeometry& g, const float* input, float* output, std::uint8_t* winners) {
  g.block == 8 ? forward_8(g, input, output, winners) : forward_16(g, input, output, winners);
}

void max_pool_backward(const PoolGeometry& g, const float* output_diff, const std::uint8_t* winners,
                       float* input_diff) {
  g.block == 8 ? backward_8(g, output_diff, winners, input_diff) : backward_16(g, output_diff, winners, input_diff);
}

}  // namespace warpscope::training
