#include "compute/kernels/catalogue.h"

#include <algorithm>

#include "compute/kernels/training_kernels.h"
#include "compute/kernels/workspace_kernels.h"

namespace warpscope::kernels {
namespace {

// Binomial weights over 256: a blur whose every number a float holds exactly.
constexpr std::string_view kBlur =
    "buf:f32:25:list:0.00390625,0.015625,0.0234375,0.015625,0.00390625,0.015625,0.0625,0.09375,0."
    "0625,0.015625,"
    "0.0234375,0.09375,0.140625,0.09375,0.0234375,0.015625,0.0625,0.09375,0.0625,0.015625,"
    "0.00390625,0.015625,0.0234375,0.015625,0.00390625";

std::vector<Kernel> first_steps() {
  return {
      {.name = "vector_add",
       .title = "Vector add",
       .topic = "first steps",
       .idea = "Every thread adds one pair of numbers; the grid takes the place of the loop.",
       .look_for =
           "The last warp: 24 of its lanes have no element, and the guard switches them off.",
       .grid = {4, 1, 1},
       .block = {256, 1, 1},
       .arguments = {{"a", "buf:f32:1000:rand:1"},
                     {"b", "buf:f32:1000:rand:2"},
                     {"sum", "buf:f32:1000:zero"},
                     {"n", "i32:1000"}},
       .outputs = {2}},
      {.name = "saxpy",
       .title = "SAXPY with a grid-stride loop",
       .topic = "first steps",
       .idea = "A thread moves on by the size of the grid, so that a grid of any size handles an "
               "array of any size.",
       .look_for = "256 threads for 1,000 elements: three full rounds, and a fourth that 24 "
                   "threads do not begin.",
       .grid = {2, 1, 1},
       .block = {128, 1, 1},
       .arguments = {{"a", "f32:2.5"},
                     {"x", "buf:f32:1000:rand:1"},
                     {"y", "buf:f32:1000:rand:2"},
                     {"n", "i32:1000"}},
       .outputs = {2}},
      {.name = "copy_strided",
       .title = "Strided copy",
       .topic = "coalescing",
       .idea = "Lanes that do not read side by side fetch whole sectors for a few bytes of each.",
       .look_for = "32 sectors a load at this stride of 8, and 4 a store; change the stride.",
       .grid = {4, 1, 1},
       .block = {256, 1, 1},
       .arguments = {{"in", "buf:f32:8000:rand:1"},
                     {"out", "buf:f32:1000:zero"},
                     {"n", "i32:1000"},
                     {"stride", "i32:8"}},
       .outputs = {1}},
      {.name = "copy_offset",
       .title = "Offset copy",
       .topic = "coalescing",
       .idea = "A warp whose bytes do not begin at a sector's beginning touches one sector more.",
       .look_for = "5 sectors a load, 4 a store; with an offset of 8 floats both are 4.",
       .grid = {4, 1, 1},
       .block = {256, 1, 1},
       .arguments = {{"in", "buf:f32:1001:rand:1"},
                     {"out", "buf:f32:1000:zero"},
                     {"n", "i32:1000"},
                     {"offset", "i32:1"}},
       .outputs = {1}},
  };
}

// `what` differs between the three; the launch is the same, to compare them.
Kernel transpose(std::string_view name, std::string_view title, std::string_view idea,
                 std::string_view look_for) {
  return {.name = name,
          .title = title,
          .topic = "transpose",
          .idea = idea,
          .look_for = look_for,
          .grid = {3, 2, 1},
          .block = {32, 32, 1},
          .arguments = {{"in", "buf:f32:6144:iota"},
                        {"out", "buf:f32:6144:zero"},
                        {"width", "i32:96"},
                        {"height", "i32:64"}},
          .outputs = {1}};
}

std::vector<Kernel> transposes() {
  return {
      transpose(
          "transpose_naive", "Transpose, naive",
          "Reading along rows means writing along columns: one of the two is always scattered.",
          "4 sectors a load and 32 a store, in one and the same line."),
      transpose(
          "transpose_shared", "Transpose through shared memory",
          "A tile in shared memory is turned round on the way, so that load and store both run "
          "along rows.",
          "The scattered store is gone, but reading the tile's column is a 32-way bank conflict."),
      transpose("transpose_padded", "Transpose through a padded tile",
                "A tile one column wider puts the elements of a column into 32 different banks.",
                "The same program but for one number: 1 wavefront where there were 32."),
  };
}

Kernel matmul(std::string_view name, std::string_view title, std::string_view idea,
              std::string_view look_for) {
  return {.name = name,
          .title = title,
          .topic = "matrix product",
          .idea = idea,
          .look_for = look_for,
          .grid = {3, 3, 1},
          .block = {16, 16, 1},
          .arguments = {{"a", "buf:f32:1600:rand:1"},
                        {"b", "buf:f32:1600:rand:2"},
                        {"c", "buf:f32:1600:zero"},
                        {"n", "i32:40"}},
          .outputs = {2}};
}

std::vector<Kernel> matrix_products() {
  Kernel strip = matmul(
      "matmul_strip", "Matrix product in strips",
      "A block of any number of rows shares a tile of B: the more rows, the less often it is "
      "fetched.",
      "The loop that fetches the tile of B: 32 rows for 4 warps; give the block 3 and see the last "
      "round.");
  strip.grid = {2, 10, 1};
  strip.block = {32, 4, 1};
  strip.shared_bytes = (4 + 32) * 32 * 4;
  return {
      matmul("matmul_naive", "Matrix product, naive",
             "Each thread computes one element, and fetches a row and a column that its neighbours "
             "fetch as well.",
             "The two loads of the inner loop: a warp asks for two numbers of A and 16 of each of "
             "two rows' B."),
      matmul("matmul_tiled", "Matrix product, tiled",
             "A block loads the tiles that its threads have in common once, and shares them.",
             "The two barriers of a round; the last tiles, which are filled up with zeros where "
             "the matrix ends."),
      strip,
  };
}

Kernel reduction(std::string_view name, std::string_view title, std::uint32_t shared_bytes,
                 std::string_view idea, std::string_view look_for) {
  return {.name = name,
          .title = title,
          .topic = "reduction",
          .idea = idea,
          .look_for = look_for,
          .grid = {4, 1, 1},
          .block = {256, 1, 1},
          .shared_bytes = shared_bytes,
          .arguments = {{"in", "buf:f32:1000:rand:1"},
                        {"block_sums", "buf:f32:4:zero"},
                        {"n", "i32:1000"}},
          .outputs = {1}};
}

std::vector<Kernel> reductions_and_scan() {
  return {
      reduction("reduce_divergent", "Sum, divergent", 1024,
                "A tree of additions whose working threads are far apart keeps all warps busy with "
                "few lanes each.",
                "Active lanes of the addition: 16, 8, 4, 2, 1 in every warp, then 1 in fewer and "
                "fewer warps."),
      reduction(
          "reduce_sequential", "Sum, sequential addressing", 1024,
          "The same tree with the working threads side by side lets whole warps finish early.",
          "Active lanes of the addition: 32 until the last five rounds."),
      reduction("reduce_shuffle", "Sum by warp shuffles", 0,
                "Lanes hand each other their registers: within a warp a sum needs neither shared "
                "memory nor barriers.",
                "A single barrier, between the sums of the warps and the sum of those."),
      {.name = "scan_inclusive",
       .title = "Inclusive scan of a block",
       .topic = "scan",
       .idea = "Running sums in log2(n) rounds: each element takes in the one a place before it, "
               "then 2, then 4.",
       .look_for = "The two barriers of a round: all have read before anybody writes, and the "
                   "other way round.",
       .grid = {4, 1, 1},
       .block = {256, 1, 1},
       .shared_bytes = 1024,
       .arguments = {{"in", "buf:f32:1000:ones"}, {"out", "buf:f32:1000:zero"}, {"n", "i32:1000"}},
       .outputs = {1}},
  };
}

Kernel histogram(std::string_view name, std::string_view title, std::string_view idea,
                 std::string_view look_for) {
  return {
      .name = name,
      .title = title,
      .topic = "histogram",
      .idea = idea,
      .look_for = look_for,
      .grid = {16, 1, 1},
      .block = {256, 1, 1},
      .arguments = {{"data", "buf:u8:4000:rand:1"}, {"bins", "buf:u32:16:zero"}, {"n", "i32:4000"}},
      .outputs = {1}};
}

std::vector<Kernel> histograms() {
  return {
      histogram("histogram_global", "Histogram, global atomics",
                "Atomics lose no counts, but threads that meet at one bin wait for each other.",
                "4,000 atomics to 16 addresses; how many lanes of a warp go to the same one."),
      histogram("histogram_shared", "Histogram, private bins",
                "Each block counts in shared memory and adds its 16 counts to the result once.",
                "Three phases between barriers: clear, count, hand over."),
      histogram("histogram_aggregated", "Histogram, warp-aggregated atomics",
                "Lanes with the same bin find each other and let one of them count for all.",
                "The masks of the match: each lane is in exactly one group, and only its lowest "
                "lane goes on."),
  };
}

Kernel convolution(std::string_view name, std::string_view title, std::string_view idea,
                   std::string_view look_for) {
  return {.name = name,
          .title = title,
          .topic = "convolution",
          .idea = idea,
          .look_for = look_for,
          .grid = {4, 3, 1},
          .block = {16, 16, 1},
          .arguments = {{"image", "buf:f32:2000:rand:1"},
                        {"out", "buf:f32:2000:zero"},
                        {"width", "i32:50"},
                        {"height", "i32:40"}},
          .symbols = {{"filter", kBlur}},
          .outputs = {1}};
}

std::vector<Kernel> convolutions() {
  Kernel naive = convolution(
      "convolution_naive", "Convolution, naive",
      "Each thread weighs the 5 x 5 neighbourhood of one pixel, all of it from global memory.",
      "The lanes at the border of the image, whose neighbours do not exist.");
  naive.symbols.clear();
  naive.arguments.insert(naive.arguments.begin() + 1, {"filter", kBlur});
  naive.outputs = {2};
  return {
      naive,
      convolution(
          "convolution_constant", "Convolution, filter in constant memory",
          "Weights that all lanes read at the same time come from a cache made for just that.",
          "Half the global requests of the naive version, for the same result."),
      convolution("convolution_tiled", "Convolution through a shared tile",
                  "A block fetches its pixels once, with a border as wide as the filter reaches.",
                  "The loading loop: 256 threads fetch 400 pixels; then the sum, which needs no "
                  "ifs any more."),
  };
}

std::vector<Kernel> whole_tasks() {
  return {
      {.name = "softmax",
       .title = "Softmax",
       .topic = "whole tasks",
       .idea = "Subtracting a row's largest number first keeps the exponentials of any input "
               "within range.",
       .look_for = "A warp a row; the inputs count up to 999, and yet all ten rows get the same "
                   "finite result.",
       .grid = {3, 1, 1},
       .block = {32, 4, 1},
       .arguments = {{"in", "buf:f32:1000:iota"},
                     {"out", "buf:f32:1000:zero"},
                     {"rows", "i32:10"},
                     {"columns", "i32:100"}},
       .outputs = {1}},
      {.name = "mandelbrot",
       .title = "Mandelbrot set",
       .topic = "whole tasks",
       .idea = "A warp runs until its slowest lane is done, and pixels need very different numbers "
               "of steps.",
       .look_for = "Active lanes in the loop: all 32 inside the set, few at its border.",
       .grid = {2, 12, 1},
       .block = {32, 4, 1},
       .arguments = {{"steps", "buf:i32:3072:zero"},
                     {"width", "i32:64"},
                     {"height", "i32:48"},
                     {"left", "f32:-2.2"},
                     {"top", "f32:1.2"},
                     {"pixel", "f32:0.05"},
                     {"max_steps", "i32:50"}},
       .outputs = {0}},
      {.name = "game_of_life",
       .title = "Game of life",
       .topic = "whole tasks",
       .idea = "A stencil: every cell looks at its eight neighbours, and all cells change at once.",
       .look_for =
           "Loads that overlap almost entirely; at the edges, neighbours from the opposite side.",
       .grid = {2, 8, 1},
       .block = {32, 4, 1},
       .arguments = {{"now", "buf:u8:2048:rand:1:2"},
                     {"next", "buf:u8:2048:zero"},
                     {"width", "i32:64"},
                     {"height", "i32:32"}},
       .outputs = {1}},
  };
}

std::vector<Kernel> bugs() {
  return {
      {.name = "bug_missing_barrier",
       .title = "Bug to find: reversing an array",
       .topic = "bugs to find",
       .idea = "Every thread puts an element into a tile and takes out the one from the other end.",
       .look_for = "What a thread reads, who wrote it, and what makes sure that this came first.",
       .grid = {2, 1, 1},
       .block = {256, 1, 1},
       .shared_bytes = 1024,
       .arguments = {{"in", "buf:i32:512:iota"}, {"out", "buf:i32:512:zero"}},
       .outputs = {1},
       // As they run here, the first warp reads what no other has written yet.
       .findings = {"race", "init"}},
      {.name = "bug_divergent_barrier",
       .title = "Bug to find: the sum of a block",
       .topic = "bugs to find",
       .idea = "A tree of additions in which the threads that have worked wait for each other.",
       .look_for = "Which threads come to which barrier.",
       .grid = {2, 1, 1},
       .block = {256, 1, 1},
       .shared_bytes = 1024,
       .arguments = {{"in", "buf:f32:512:rand:1"}, {"block_sums", "buf:f32:2:zero"}},
       .outputs = {1},
       .findings = {"sync"}},
      {.name = "bug_out_of_bounds_by_one",
       .title = "Bug to find: differences between neighbours",
       .topic = "bugs to find",
       .idea = "Every thread subtracts its element from the next one.",
       .look_for = "The last element.",
       .grid = {4, 1, 1},
       .block = {256, 1, 1},
       .arguments = {{"in", "buf:f32:1000:rand:1"},
                     {"out", "buf:f32:1000:zero"},
                     {"n", "i32:1000"}},
       .outputs = {1},
       .findings = {"memory"}},
  };
}

std::vector<Kernel> all_kernels() {
  std::vector<Kernel> all;
  for (const auto& topic :
       {first_steps(), transposes(), matrix_products(), reductions_and_scan(), histograms(),
        convolutions(), workspace_kernels(), training_layer_kernels(), training_dense_kernels(),
        training_step_kernels(), whole_tasks(), bugs()}) {
    all.insert(all.end(), topic.begin(), topic.end());
  }
  return all;
}

}  // namespace

const std::vector<Kernel>& catalogue() {
  static const std::vector<Kernel> kernels = all_kernels();
  return kernels;
}

const Kernel* find_kernel(std::string_view name) {
  const auto& all = catalogue();
  const auto found = std::ranges::find(all, name, &Kernel::name);
  return found == all.end() ? nullptr : &*found;
}

namespace {

std::string_view stem_of(const Kernel& kernel) {
  return kernel.file.empty() ? kernel.name : kernel.file;
}

}  // namespace

const Kernel* first_kernel_in(std::string_view stem) {
  const auto& all = catalogue();
  const auto found = std::ranges::find(all, stem, stem_of);
  return found == all.end() ? nullptr : &*found;
}

const Kernel* neighbour(const Kernel& one, std::string_view name) {
  const Kernel* const found = find_kernel(name);
  return found != nullptr && stem_of(*found) == stem_of(one) ? found : nullptr;
}

std::string source_path(const Kernel& kernel) {
  return "compute/kernels/" + std::string(stem_of(kernel)) + ".cu";
}

std::string ptx_asset(const Kernel& kernel, Flavour flavour) {
  return "ptx/" + std::string(stem_of(kernel)) +
         (flavour == Flavour::kDebug ? ".debug.ptx" : ".ptx");
}

}  // namespace warpscope::kernels
