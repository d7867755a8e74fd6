// Every way to convolve on both devices, compared with each other and with the reference in double precision.
#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

#include "compute/base/paths.h"
#include "compute/convolution/engine.h"
#include "compute/device/virtual_device.h"
#include "compute/ptx/parser.h"
#include "tests/gpu_check/compare.h"
#include "tests/gpu_check/sections.h"

namespace warpscope::gpu_check {
namespace {

using convolution::Border;
using convolution::Picture;
using convolution::Stage;
using convolution::StageKind;

constexpr double kLargestError = 1e-5;  // from the reference

struct Chain {
  std::string name;
  int planes = 1;
  std::vector<Stage> stages;
};

Stage filter_stage(std::vector<convolution::Filter> filters, Border border = Border::kClamp) {
  Stage stage;
  stage.filters = std::move(filters);
  stage.border = border;
  return stage;
}

std::vector<Chain> chains() {
  const auto named = [](std::string_view key) { return convolution::find_filter(key)->filter; };
  Stage magnitude = filter_stage({named("sobel-x"), named("sobel-y")}, Border::kMirror);
  magnitude.kind = StageKind::kMagnitude;
  Stage strided = filter_stage({convolution::gaussian(7, 1.5F)}, Border::kZero);
  strided.stride = 2;
  strided.dilation = 2;
  Stage relu, pool;
  relu.kind = StageKind::kRelu;
  pool.kind = StageKind::kMaxPool;
  const Stage bank = filter_stage({named("sobel-x"), named("sobel-y"), named("emboss"), named("laplacian")});
  return {
      {"Gaussian 5 x 5, colour", 3, {filter_stage({convolution::gaussian(5, 1)})}},
      {"Sobel magnitude", 1, {magnitude}},
      {"7 x 7, stride 2, dilation 2", 1, {strided}},
      {"bank of 4, relu, 2 x 2 max", 1, {bank, relu, pool}},
  };
}

// Noise, of a size that fits no block.
Picture noise(int planes) {
  Picture picture{.width = 211, .height = 77, .planes = planes, .pixels = {}};
  picture.pixels.resize(static_cast<std::size_t>(picture.width * picture.height * planes));
  std::mt19937 draw(5);
  for (float& pixel : picture.pixels) pixel = static_cast<float>(draw() % 256);
  return picture;
}

base::Result<std::vector<Picture>> run(convolution::Engine& engine, const Picture& picture,
                                       const convolution::Settings& settings) {
  const auto run = engine.run(picture, 0, settings, {});
  if (!run) return tl::unexpected(run.error());
  std::vector<Picture> outputs;
  for (std::size_t stage = 0; stage < settings.chain.size(); ++stage) {
    auto output = engine.read(*run, static_cast<int>(stage));
    if (!output) return tl::unexpected(output.error());
    outputs.push_back(std::move(*output));
  }
  return outputs;
}

std::vector<std::uint8_t> bytes_of(const Picture& picture) {
  std::vector<std::uint8_t> bytes(picture.pixels.size() * sizeof(float));
  std::memcpy(bytes.data(), picture.pixels.data(), bytes.size());
  return bytes;
}

base::Result<Allowance> convolve_allowance() {
  const auto path = base::find_asset("ptx/convolve.ptx");
  if (!path) return tl::unexpected(path.error());
  std::ifstream file(*path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const auto module = ptx::parse(text.str(), "convolve.ptx");
  if (!module) return tl::unexpected(module.error().front());
  return allowance_of(*module);
}

struct Engines {
  convolution::Engine on_gpu, on_virtual;
  Allowance allowance;
};

Row compare_variant(Engines& engines, const Chain& chain, convolution::Variant variant) {
  Row row{Verdict::kHeld, {chain.name, std::string(key_of(variant)), "", ""}, ""};
  const auto failed = [&row](std::string why) {
    row.verdict = Verdict::kFailed;
    row.note = std::move(why);
    return row;
  };
  convolution::Settings settings;
  settings.chain = chain.stages;
  settings.variant = variant;
  if (std::string why = convolution::why_not(variant, chain.stages.front(), settings.block); !why.empty()) {
    row.verdict = Verdict::kSkipped;
    row.note = std::move(why);
    return row;
  }
  const Picture picture = noise(chain.planes);
  const auto expected = run(engines.on_virtual, picture, settings);
  if (!expected) return failed("on the virtual GPU: " + expected.error().text());
  const auto got = run(engines.on_gpu, picture, settings);
  if (!got) return failed("on the GPU: " + got.error().text());
  Difference difference;
  for (std::size_t i = 0; i < got->size(); ++i) {
    if ((*got)[i].pixels.size() != (*expected)[i].pixels.size()) return failed("outputs of different sizes");
    difference = worse(difference, compare(kernels::ElementType::kF32, bytes_of((*expected)[i]), bytes_of((*got)[i])));
  }
  const double error =
      convolution::largest_error(picture, chain.stages, convolution::reference(picture, chain.stages), *got);
  row.cells[2] = difference.text();
  row.cells[3] = fmt::format("{:.1e}", error);
  row.note = engines.allowance.why;
  // Written so that an error that is no number fails too.
  if (!difference.within(engines.allowance) || !(error <= kLargestError)) row.verdict = Verdict::kFailed;
  return row;
}

base::Result<Engines> make_engines(device::Device& gpu, device::Device& virtual_gpu) {
  auto on_gpu = convolution::Engine::create(gpu);
  if (!on_gpu) return tl::unexpected(on_gpu.error());
  auto on_virtual = convolution::Engine::create(virtual_gpu);
  if (!on_virtual) return tl::unexpected(on_virtual.error());
  auto allowance = convolve_allowance();
  if (!allowance) return tl::unexpected(allowance.error());
  return Engines{std::move(*on_gpu), std::move(*on_virtual), std::move(*allowance)};
}

}  // namespace

Section check_convolutions(device::CudaDevice& gpu) {
  Section section{
      "Convolutions",
      fmt::format("Every variant on both devices, the outputs of all stages compared, and with the reference in "
                  "double precision: at most {:.0e} from it.",
                  kLargestError),
      {"chain", "variant", "values", "from the reference"},
      {}};
  device::VirtualDevice virtual_gpu;
  auto engines = make_engines(gpu, virtual_gpu);
  if (!engines) {
    section.rows.push_back({Verdict::kFailed, {"", "", "", ""}, engines.error().text()});
    return section;
  }
  for (const Chain& chain : chains()) {
    for (const convolution::Variant variant : convolution::kVariants) {
      section.rows.push_back(compare_variant(*engines, chain, variant));
    }
  }
  return section;
}

}  // namespace warpscope::gpu_check
