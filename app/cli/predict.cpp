// warpscope-cli predict: reads digits from pictures and strokes files.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>

#include "app/cli/command.h"
#include "compute/base/paths.h"
#include "compute/drawings/prepare.h"
#include "compute/training/augment.h"
#include "compute/training/inference.h"
#include "compute/training/safetensors.h"

namespace warpscope::cli {
namespace {

using base::Result;
using nlohmann::ordered_json;
namespace fs = std::filesystem;

struct PredictOptions {
  std::vector<fs::path> files;
  fs::path weights;  // empty: the person's checkpoint, else the shipped ones
  fs::path data_dir;
  bool json = false;
};

struct Model {
  fs::path file;
  training::NetworkSpec network;
  training::Weights weights;
};

Result<Model> read_model(const fs::path& file) {
  auto checkpoint = training::load_checkpoint(file);
  if (!checkpoint) return tl::unexpected(checkpoint.error());
  auto network = training::find_network(checkpoint->network).and_then([&](training::NetworkSpec found) {
    return training::with_input(std::move(found), checkpoint->input);
  });
  if (!network) return tl::unexpected(network.error());
  if (checkpoint->input.count() != drawings::kImagePixels) {
    return base::fail(fmt::format("its network reads pictures of {}x{} with {} channels; digits are 28x28 with one",
                                  checkpoint->input.width, checkpoint->input.height, checkpoint->input.channels),
                      {file.string()});
  }
  return Model{file, std::move(*network), std::move(checkpoint->weights)};
}

Result<Model> choose_model(const PredictOptions& options) {
  if (!options.weights.empty()) return read_model(options.weights);
  const fs::path own = options.data_dir / "checkpoint.safetensors";
  std::error_code ignored;
  if (fs::exists(own, ignored)) {
    auto model = read_model(own);
    if (model) return model;
    tell(model.error().text());
    tell("reading with the shipped weights instead");
  }
  const auto shipped = base::find_asset("weights/cnn32.safetensors");
  if (!shipped) {
    return base::fail(
        fmt::format("there are no weights to read with. Train some (warpscope-cli train --save FILE) and "
                    "give them with --weights FILE. There is no {}, and {}",
                    own.string(), shipped.error().message));
  }
  return read_model(*shipped);
}

bool is_strokes_file(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return ending == ".json";
}

// What the network gets to see; nothing where there is no ink.
Result<std::optional<drawings::DigitImage>> read_image(const fs::path& file) {
  std::optional<drawings::DigitImage> image;
  if (is_strokes_file(file)) {
    const auto drawing = drawings::read_strokes_file(file);
    if (!drawing) return tl::unexpected(drawing.error());
    if (!drawing->empty()) image = drawings::prepare(*drawing);
  } else {
    const auto picture = drawings::read_digit_picture(file);
    if (!picture) return tl::unexpected(picture.error());
    image = *picture;
  }
  if (image && std::all_of(image->begin(), image->end(), [](std::uint8_t ink) { return ink == 0; })) image.reset();
  return image;
}

void print_nothing(const fs::path& file, bool json) {
  if (json) return print_json(ordered_json{{"file", file.string()}, {"digit", nullptr}, {"probabilities", nullptr}});
  print_line(fmt::format("{}: nothing to read, the drawing is empty", file.string()));
}

void print_reading(const fs::path& file, const training::Activations& read, bool json) {
  if (json) {
    return print_json(
        ordered_json{{"file", file.string()}, {"digit", read.digit}, {"probabilities", read.probabilities}});
  }
  const auto percent = [&](int digit) { return 100 * read.probabilities[static_cast<std::size_t>(digit)]; };
  print_line(fmt::format("{}: {} ({:.1f} %), else {} ({:.1f} %)", file.string(), read.digit, percent(read.digit),
                         read.runner_up, percent(read.runner_up)));
}

int predict(const PredictOptions& options) {
  const auto model = choose_model(options);
  if (!model) return fail_with(kBadInput, model.error());
  int exit_code = kDone;
  training::Activations activations;
  std::vector<float> input(drawings::kImagePixels);
  for (const fs::path& file : options.files) {
    const auto image = read_image(file);
    if (!image) {
      exit_code = fail_with(kBadInput, image.error());
    } else if (!*image) {
      print_nothing(file, options.json);
    } else {
      training::to_unit_floats(**image, input);
      training::infer(model->network, model->weights, input, activations);
      print_reading(file, activations, options.json);
    }
  }
  return exit_code;
}

}  // namespace

void add_predict(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand("predict", "read digits from pictures and strokes files");
  const auto options = std::make_shared<PredictOptions>();
  command->add_option("FILES", options->files, "pictures (PNG and others, any size) or strokes (.json)")->required();
  command
      ->add_option("--weights", options->weights,
                   "safetensors file; without it the checkpoint of the data folder, else the shipped cnn32")
      ->type_name("FILE");
  add_data_dir_option(*command, options->data_dir);
  add_json_option(*command, options->json);
  command->callback([options, &exit_code] { exit_code = predict(*options); });
}

}  // namespace warpscope::cli
