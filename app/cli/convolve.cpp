// warpscope-cli convolve: filters a picture, on the virtual GPU or a real one.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "app/cli/command.h"
#include "compute/convolution/engine.h"
#include "compute/device/open_device.h"
#include "compute/drawings/picture_file.h"

namespace warpscope::cli {
namespace {

using base::Result;
using convolution::Picture;
using convolution::Settings;
using convolution::Stage;
using nlohmann::ordered_json;

constexpr std::string_view kSobel = "sobel";  // both directions in one picture

struct ConvolveOptions {
  std::filesystem::path in, out;
  std::vector<std::string> filters;
  std::string variant = "tiled", border = "clamp", device = "auto";
  int stride = 1, dilation = 1, padding = Stage::kSame;
  bool json = false;
};

// "--variant fast: naive, constant ... are accepted".
template <class All>
base::Error unknown(std::string_view option, std::string_view value, const All& all) {
  std::string names;
  for (const auto each : all) names += fmt::format("{}{}", names.empty() ? "" : ", ", key_of(each));
  return {fmt::format("{} {}: {} are accepted", option, value, names), {}};
}

Result<Stage> stage_of(const ConvolveOptions& options, const std::string& text) {
  Stage stage;
  if (text == kSobel) {
    stage.kind = convolution::StageKind::kMagnitude;
    stage.filters = {convolution::find_filter("sobel-x")->filter, convolution::find_filter("sobel-y")->filter};
  } else if (text == "relu") {
    stage.kind = convolution::StageKind::kRelu;
    return stage;
  } else if (text == "max-pool") {
    stage.kind = convolution::StageKind::kMaxPool;
    return stage;
  } else {
    auto filter = convolution::parse_filter(text);
    if (!filter) {
      const bool a_name = text.find(',') == std::string::npos;
      return base::fail(fmt::format("--filter {}: {}{}", text, filter.error().message,
                                    a_name ? "; sobel, relu and max-pool are stages too" : ""));
    }
    stage.filters = {std::move(*filter)};
  }
  stage.stride = options.stride;
  stage.dilation = options.dilation;
  stage.padding = options.padding;
  return stage;
}

Result<Settings> settings_of(const ConvolveOptions& options) {
  constexpr std::array kBorders{convolution::Border::kZero, convolution::Border::kClamp, convolution::Border::kMirror};
  Settings settings;
  const auto variant = convolution::find_variant(options.variant);
  if (!variant) return tl::unexpected(unknown("--variant", options.variant, convolution::kVariants));
  const auto border = convolution::find_border(options.border);
  if (!border) return tl::unexpected(unknown("--border", options.border, kBorders));
  settings.variant = *variant;
  for (const std::string& text : options.filters) {
    auto stage = stage_of(options, text);
    if (!stage) return tl::unexpected(stage.error());
    stage->border = *border;
    settings.chain.push_back(std::move(*stage));
  }
  return settings;
}

Result<device::Wanted> wanted_of(const std::string& text) {
  if (text == "auto") return device::Wanted::kAuto;
  if (text == "cuda") return device::Wanted::kCuda;
  if (text == "virtual") return device::Wanted::kVirtual;
  return base::fail(fmt::format("--device {}: auto, cuda, virtual are accepted", text));
}

// For this picture, by the variant asked for.
Result<void> check_for(const ConvolveOptions& options, const Settings& settings, const Picture& picture) {
  if (auto fine = check(settings, {picture.width, picture.height, picture.planes}); !fine) return fine;
  for (const Stage& stage : settings.chain) {
    const std::string problem = why_not(settings.variant, stage, settings.block);
    if (!problem.empty()) return base::fail(fmt::format("--variant {}: {}", options.variant, problem));
  }
  return {};
}

struct Done {
  convolution::Run run;
  Picture output;
};

Result<Done> compute(device::Device& device, const Picture& picture, const Settings& settings) {
  auto engine = convolution::Engine::create(device);
  if (!engine) return tl::unexpected(engine.error());
  auto run = engine->run(picture, 0, settings, {});
  if (!run) return tl::unexpected(run.error());
  auto output = engine->read(*run, static_cast<int>(settings.chain.size()) - 1);
  if (!output) return tl::unexpected(output.error());
  return Done{std::move(*run), std::move(*output)};
}

void print(const ConvolveOptions& options, const Picture& picture, const device::OpenedDevice& opened,
           const Done& done) {
  const auto [least, most] = std::ranges::minmax(done.output.pixels);
  const auto cut = std::ranges::count_if(done.output.pixels, [](float value) { return value < 0 || value > 255; });
  if (options.json) {
    ordered_json kernels = ordered_json::array();
    for (const convolution::LaunchInfo& launch : done.run.launches) {
      kernels.push_back({{"kernel", launch.kernel},
                         {"grid", {launch.grid.x, launch.grid.y, launch.grid.z}},
                         {"block", {launch.block.x, launch.block.y, launch.block.z}}});
    }
    return print_json(ordered_json{{"in", options.in.string()},
                                   {"out", options.out.string()},
                                   {"filter", options.filters},
                                   {"variant", options.variant},
                                   {"device", opened.device->kind()},
                                   {"device_name", opened.device->name()},
                                   {"width", done.output.width},
                                   {"height", done.output.height},
                                   {"planes", done.output.planes},
                                   {"seconds", done.run.seconds},
                                   {"least", least},
                                   {"most", most},
                                   {"cut_off", cut},
                                   {"launches", kernels}});
  }
  print_line(fmt::format("{}: {} x {} {} to {} x {}, {} on {}, {:.3g} ms", options.out.string(), picture.width,
                         picture.height, picture.planes == 1 ? "grey" : "colour", done.output.width, done.output.height,
                         options.variant, opened.device->name(), 1e3 * done.run.seconds));
  if (cut > 0) {
    tell(fmt::format("values go from {:.6g} to {:.6g}; a PNG holds 0 to 255, so {} of {} were cut off", least, most,
                     cut, done.output.pixels.size()));
  }
}

int convolve(const ConvolveOptions& options) {
  const auto settings = settings_of(options);
  if (!settings) return fail_with(kBadInput, settings.error());
  const auto wanted = wanted_of(options.device);
  if (!wanted) return fail_with(kBadInput, wanted.error());
  const auto file = drawings::read_picture(options.in);
  if (!file) return fail_with(kBadInput, file.error());
  const Picture picture{file->width, file->height, file->channels, drawings::planar(*file)};
  if (const auto fine = check_for(options, *settings, picture); !fine) {
    return fail_with(kBadInput, fine.error());
  }
  const device::OpenedDevice opened = device::open_device({*wanted, std::nullopt});
  if (*wanted == device::Wanted::kCuda && opened.status.state != device::DeviceState::kGpu) {
    return fail_with(kNoDevice, {opened.status.why, {}});
  }
  const auto done = compute(*opened.device, picture, *settings);
  if (!done) return fail_with(kFailed, done.error());
  const Picture& output = done->output;
  if (const auto written = drawings::write_png(options.out, output.width, output.height, output.planes, output.pixels);
      !written) {
    return fail_with(kFailed, written.error());
  }
  print(options, picture, opened, *done);
  return kDone;
}

std::string filter_help() {
  std::string names;
  for (const convolution::NamedFilter& named : convolution::named_filters()) names += fmt::format("{}, ", named.key);
  return names +
         "sobel (the magnitude of both), relu, max-pool, or a square of weights: 0,1,0;1,-4,1;0,1,0. Several are "
         "applied one after the other";
}

}  // namespace

void add_convolve(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand("convolve", "filter a picture");
  const auto options = std::make_shared<ConvolveOptions>();
  command->add_option("IN", options->in, "a picture, grey or in colour: PNG, JPEG, BMP and others")->required();
  command->add_option("OUT", options->out, "PNG to be written; values below 0 and above 255 are cut off")->required();
  command->add_option("--filter", options->filters, filter_help())
      ->required()
      ->type_name("NAME|WEIGHTS")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  command
      ->add_option("--variant", options->variant,
                   "naive, constant, tiled, separable, vectorised or matrix; all give the same picture")
      ->capture_default_str();
  command->add_option("--border", options->border, "what lies beyond the edge: zero, clamp or mirror")
      ->capture_default_str();
  command->add_option("--stride", options->stride, "pixels from output to output, 1 to 4")->capture_default_str();
  command->add_option("--dilation", options->dilation, "pixels from weight to weight, 1 to 4")->capture_default_str();
  command
      ->add_option("--padding", options->padding,
                   "pixels added around; without it as many as keep the size at stride 1")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--device", options->device, "auto, cuda or virtual")->capture_default_str();
  add_json_option(*command, options->json);
  command->callback([options, &exit_code] { exit_code = convolve(*options); });
}

}  // namespace warpscope::cli
