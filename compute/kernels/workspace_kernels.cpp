#include "compute/kernels/workspace_kernels.h"

namespace warpscope::kernels {
namespace {

// The kernels take their Shape by value: width, height, width and height of the output, size of the
// filter, stride, dilation, padding, border (1: the edge is repeated), filters, first weight;
// eleven little-endian i32. Binomial weights over 256, then what is divided by and what is added.
constexpr std::string_view kBlur =
    "buf:f32:27:list:0.00390625,0.015625,0.0234375,0.015625,0.00390625,0.015625,0.0625,0.09375,"
    "0.0625,0.015625,0.0234375,0.09375,0.140625,0.09375,0.0234375,0.015625,0.0625,0.09375,0.062"
    "5,0.015625,0.00390625,0.015625,0.0234375,0.015625,0.00390625,1,0";
// The same filter as a row and a column.
constexpr std::string_view kBlurInTwo =
    "buf:f32:12:list:0.0625,0.25,0.375,0.25,0.0625,0.0625,0.25,0.375,0.25,0.0625,1,0";
// Sobel x, Sobel y and Laplacian, each with its two numbers.
constexpr std::string_view kEdges =
    "buf:f32:33:list:-1,0,1,-2,0,2,-1,0,1,1,0,-1,-2,-1,0,0,0,1,2,1,1,0,0,1,0,1,-4,1,0,1,0,1,0";
// -32 to 31, mixed.
constexpr std::string_view kBothSigns =
    "buf:f32:64:list:-32,5,-22,15,-12,25,-2,-29,8,-19,18,-9,28,1,-26,11,-16,21,-6,31,4,-23,14,-"
    "13,24,-3,-30,7,-20,17,-10,27,0,-27,10,-17,20,-7,30,3,-24,13,-14,23,-4,-31,6,-21,16,-11,26,"
    "-1,-28,9,-18,19,-8,29,2,-25,12,-15,22,-5";
// 50 x 40 pixels, 5 x 5 weights.
constexpr std::string_view kOnImage =
    "bytes:320000002800000032000000280000000500000001000000010000000200000001000000010000000000"
    "0000";
// 64 x 24 pixels: rows begin at multiples of 16 bytes.
constexpr std::string_view kOnFours =
    "bytes:400000001800000040000000180000000500000001000000010000000200000001000000010000000000"
    "0000";
// 16 x 12 pixels, three filters of 3 x 3 weights.
constexpr std::string_view kThreeFilters =
    "bytes:100000000c000000100000000c0000000300000001000000010000000100000001000000030000000000"
    "0000";
// 8 x 8 values to as many.
constexpr std::string_view kSame8 =
    "bytes:080000000800000008000000080000000100000001000000010000000000000000000000010000000000"
    "0000";
// 50 x 40 values to 25 x 20.
constexpr std::string_view kHalved =
    "bytes:320000002800000019000000140000000100000001000000010000000000000000000000010000000000"
    "0000";
// 50 x 40 values to as many.
constexpr std::string_view kSame50 =
    "bytes:320000002800000032000000280000000100000001000000010000000000000000000000010000000000"
    "0000";

Kernel of_workspace(std::string_view name, std::string_view title, std::string_view idea,
                    std::string_view look_for) {
  return {.name = name,
          .title = title,
          .topic = "live convolution",
          .idea = idea,
          .look_for = look_for,
          .grid = {4, 3, 1},
          .block = {16, 16, 1},
          .symbols = {{"weights", kBlur}},
          .file = "convolve"};
}

// `in` and `out` floats go in and come out.
Kernel plain(Kernel kernel, std::string_view in_name, std::string_view in,
             std::string_view out_name, std::string_view out, std::string_view shape) {
  kernel.arguments = {{in_name, in}, {out_name, out}, {"shape", shape}, {"ran_on", "null"}};
  kernel.outputs = {1};
  return kernel;
}

Kernel naive() {
  Kernel kernel = of_workspace(
      "convolve_naive", "Any convolution, naive",
      "Every thread fetches all pixels of its window and all weights from global memory.",
      "The two loads of the inner loop: a weight is one address in all lanes.");
  kernel.arguments = {{"in", "buf:f32:2000:rand:1"},
                      {"bank", kBlur},
                      {"out", "buf:f32:2000:zero"},
                      {"shape", kOnImage},
                      {"ran_on", "null"}};
  kernel.outputs = {2};
  return kernel;
}

std::vector<Kernel> one_pass() {
  const auto on_image = [](Kernel kernel) {
    return plain(std::move(kernel), "in", "buf:f32:2000:rand:1", "out", "buf:f32:2000:zero",
                 kOnImage);
  };
  Kernel constant = on_image(
      of_workspace("convolve_constant", "Any convolution, constant weights",
                   "The weights, which all lanes read at the same time, come from constant memory.",
                   "One global load in the inner loop, where the naive kernel has two."));
  Kernel tiled = on_image(of_workspace(
      "convolve_tiled", "Any convolution, tiled with halo",
      "A block fetches its pixels and a border around them once, and shares them.",
      "The loading loop: 256 threads fetch 400 pixels, and pixel() decides at the edge."));
  tiled.shared_bytes = 20 * 20 * 4;
  Kernel vectorised =
      plain(of_workspace(
                "convolve_vectorised", "Any convolution, four outputs a thread",
                "A thread makes four neighbours, whose windows overlap, from pixels it loads four "
                "at a time.",
                "Loads of 16 bytes a lane; the lanes at the left and right edge go another way."),
            "in", "buf:f32:1536:rand:1", "out", "buf:f32:1536:zero", kOnFours);
  vectorised.grid = {1, 2, 1};
  return {naive(), constant, tiled, vectorised};
}

std::vector<Kernel> two_passes() {
  Kernel rows =
      plain(of_workspace("convolve_rows", "Two passes: the row",
                         "A filter that is a column times a row is applied as a row first.",
                         "Five products where the whole filter has 25."),
            "in", "buf:f32:2000:rand:1", "sums", "buf:f32:2000:zero", kOnImage);
  Kernel columns =
      plain(of_workspace("convolve_columns", "Two passes: the column",
                         "The sums of the rows are weighed by the filter's column.",
                         "A lane walks down a column, and yet a warp's loads lie side by side."),
            "sums", "buf:f32:2000:rand:1", "out", "buf:f32:2000:zero", kOnImage);
  rows.symbols = columns.symbols = {{"weights", kBlurInTwo}};
  return {rows, columns};
}

std::vector<Kernel> matrix_product() {
  Kernel unfold = plain(
      of_workspace("unfold", "Matrix product: windows as columns",
                   "Every window of the picture is written out, one column of a large matrix each.",
                   "Nine stores a thread: each pixel is written up to nine times."),
      "in", "buf:f32:192:rand:1", "columns", "buf:f32:1728:zero", kThreeFilters);
  unfold.grid = {1, 1, 1};
  Kernel product = of_workspace(
      "filters_times_columns", "Matrix product: filters times columns",
      "All filters of a bank are applied to all windows as one product of two matrices.",
      "The tiles between the barriers; five of eight rows of threads have no filter.");
  product.grid = {6, 1, 1};
  product.block = {32, 8, 1};
  product.arguments = {{"bank", kEdges},
                       {"columns", "buf:f32:1728:rand:1"},
                       {"out", "buf:f32:576:zero"},
                       {"shape", kThreeFilters},
                       {"ran_on", "null"}};
  product.outputs = {2};
  unfold.symbols = product.symbols = {{"weights", kEdges}};
  return {unfold, product};
}

std::vector<Kernel> between_filters() {
  Kernel relu =
      plain(of_workspace("relu", "ReLU", "What is negative becomes 0, and all else stays.",
                         "No branch: the larger of two numbers is one instruction."),
            "in", kBothSigns, "out", "buf:f32:64:zero", kSame8);
  relu.grid = {1, 1, 1};
  relu.block = {8, 8, 1};
  Kernel pool = plain(
      of_workspace("max_pool", "Max-pool 2 x 2", "Of every 2 x 2 values the largest stays.",
                   "Lanes read every other value: each load touches twice the sectors it needs."),
      "in", "buf:f32:2000:rand:1", "out", "buf:f32:500:zero", kHalved);
  pool.grid = {2, 2, 1};
  Kernel magnitude = plain(
      of_workspace("magnitude", "Magnitude of two filters",
                   "Two filters' outputs are the two sides of a triangle, and this is the third.",
                   "The square root: one instruction, which a special unit computes."),
      "in", "buf:f32:4000:rand:1", "out", "buf:f32:2000:zero", kSame50);
  return {relu, pool, magnitude};
}

}  // namespace

std::vector<Kernel> workspace_kernels() {
  std::vector<Kernel> all;
  for (const auto& some : {one_pass(), two_passes(), matrix_product(), between_filters()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace warpscope::kernels
