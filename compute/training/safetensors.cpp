#include "compute/training/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>

#include "compute/drawings/atomic_file.h"

namespace warpscope::training {
namespace {

using base::fail;
using base::Result;
using nlohmann::json;
namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "numbers are copied into the file as they are in memory");

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMostHeaderBytes = 100'000'000;  // what the format's own reader accepts
constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 32;

// Where a tensor's numbers lie in the data part.
struct Extent {
  std::string name;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

// Line and column of a place in the header; the file's own line numbers, the 8 bytes of length aside.
base::SourceSpan place_of(std::string_view header, std::size_t at, const std::string& name) {
  const std::string_view before = header.substr(0, std::min(at, header.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return {name, static_cast<int>(line), static_cast<int>(before.size() - line_start) + 1};
}

Result<json> parse_header(std::string_view header, const std::string& name) {
  try {
    json parsed = json::parse(header);
    if (!parsed.is_object()) return fail("its header is not a JSON object of tensors", {name});
    return parsed;
  } catch (const json::parse_error& problem) {
    const std::size_t at = problem.byte > 0 ? problem.byte - 1 : 0;
    return fail("not a safetensors file: its header is not JSON from here on", place_of(header, at, name));
  } catch (const json::out_of_range&) {
    return fail("not a safetensors file: its header has a number beyond any size", {name});
  }
}

Result<std::map<std::string, std::string>> parse_metadata(const json& entry, const std::string& name) {
  std::map<std::string, std::string> metadata;
  if (!entry.is_object()) return fail("__metadata__ must be an object of texts", {name});
  for (const auto& [key, value] : entry.items()) {
    if (!value.is_string()) return fail(fmt::format("__metadata__: '{}' must be a text", key), {name});
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

// Bytes of a tensor of floats; nothing where the product is beyond any file.
std::optional<std::uint64_t> bytes_of(const std::vector<std::int64_t>& shape) {
  std::uint64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size != 0 && count > kMostFileBytes / static_cast<std::uint64_t>(size)) return std::nullopt;
    count *= static_cast<std::uint64_t>(size);
  }
  return count * sizeof(float);
}

Result<Extent> parse_extent(const std::string& tensor, const json& entry, const std::string& name) {
  const auto bad = [&](std::string_view what) { return fail(fmt::format("tensor '{}': {}", tensor, what), {name}); };
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") || !entry.contains("data_offsets")) {
    return bad("needs dtype, shape and data_offsets");
  }
  if (entry["dtype"] != "F32") return bad(fmt::format("is of type {}; only \"F32\" is read", entry["dtype"].dump()));
  Extent extent{tensor, {}, 0, 0};
  if (!entry["shape"].is_array()) return bad("its shape must be a list of sizes");
  for (const json& size : entry["shape"]) {
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > kMostFileBytes) {
      return bad("its shape must be a list of sizes, each a whole number from 0");
    }
    extent.shape.push_back(size.get<std::int64_t>());
  }
  const json& offsets = entry["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    return bad("its data_offsets must be [begin, end]");
  }
  extent.begin = offsets[0].get<std::uint64_t>();
  extent.end = offsets[1].get<std::uint64_t>();
  const auto bytes = bytes_of(extent.shape);
  if (extent.end < extent.begin || !bytes || extent.end - extent.begin != *bytes) {
    return bad(fmt::format("its data_offsets [{}, {}] disagree with its shape ({}), which takes {} bytes", extent.begin,
                           extent.end, fmt::join(extent.shape, ", "), bytes ? fmt::to_string(*bytes) : "too many"));
  }
  return extent;
}

// Every byte of the data part belongs to exactly one tensor.
Result<void> check_extents(std::vector<Extent>& extents, std::uint64_t data_bytes, const std::string& name) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t reached = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != reached) {
      return fail(fmt::format("tensor '{}' begins at {}, but the one before ends at {}: data_offsets must leave no gap "
                              "and not overlap",
                              extent.name, extent.begin, reached),
                  {name});
    }
    reached = extent.end;
  }
  if (reached != data_bytes) {
    return fail(fmt::format("its tensors take {} bytes, found {} after the header{}", reached, data_bytes,
                            reached > data_bytes ? ": the file is truncated" : ""),
                {name});
  }
  return {};
}

void put_tensors(const Weights& weights, const std::string& prefix, TensorFile& file) {
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    file.tensors[fmt::format("{}layer{}.weight", prefix, i)] = weights.layers[i].weight;
    file.tensors[fmt::format("{}layer{}.bias", prefix, i)] = weights.layers[i].bias;
  }
}

// Takes the tensors with this prefix out of the file, put where `network` has them. Without any, no layers.
Weights take_tensors(const NetworkSpec& network, const std::string& prefix, TensorFile& file) {
  Weights weights;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const LayerKind kind = network.layers[i].kind;
    if (kind != LayerKind::kConv && kind != LayerKind::kDense) continue;
    auto weight = file.tensors.extract(fmt::format("{}layer{}.weight", prefix, weights.layers.size()));
    auto bias = file.tensors.extract(fmt::format("{}layer{}.bias", prefix, weights.layers.size()));
    if (!weight && !bias) break;
    LayerWeights layer{static_cast<int>(i), {}, {}};
    if (weight) layer.weight = std::move(weight.mapped());
    if (bias) layer.bias = std::move(bias.mapped());
    weights.layers.push_back(std::move(layer));
  }
  return weights;
}

bool all_finite(const Weights& weights) {
  const auto finite = [](const Tensor& tensor) {
    return std::all_of(tensor.data.begin(), tensor.data.end(), [](float value) { return std::isfinite(value); });
  };
  return std::all_of(weights.layers.begin(), weights.layers.end(),
                     [&](const LayerWeights& layer) { return finite(layer.weight) && finite(layer.bias); });
}

// A number of the metadata; what is absent keeps its value.
template <class Number>
Result<void> read_number(const TensorFile& file, const char* key, Number& value, const std::string& name) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) return {};
  const std::string& text = found->second;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc() && end == text.data() + text.size()) return {};
  return fail(fmt::format("__metadata__: '{}' is '{}', which is not a number it can be", key, text), {name});
}

Result<Shape> read_input_shape(const TensorFile& file, const std::string& name) {
  Shape shape{1, 28, 28};
  const auto found = file.metadata.find("input");
  if (found == file.metadata.end()) return shape;
  const std::string& text = found->second;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (int* size : {&shape.channels, &shape.height, &shape.width}) {
    const auto [next, problem] = std::from_chars(at, end, *size);
    const bool last = size == &shape.width;
    if (problem != std::errc() || *size < 1 || *size > 4096 || (last ? next != end : next == end || *next != 'x')) {
      return fail(
          fmt::format("__metadata__: 'input' is '{}'; it must be channels x height x width, as in 1x28x28", text),
          {name});
    }
    at = next + 1;
  }
  return shape;
}

Result<NetworkSpec> read_network(const TensorFile& file, const std::string& name) {
  const auto model = file.metadata.find("model");
  if (model == file.metadata.end()) {
    return fail("does not say which network it is for: its __metadata__ has no 'model', as in \"cnn32\"", {name});
  }
  auto network = find_network(model->second);
  if (!network) return fail(network.error().message, {name});
  const auto input = read_input_shape(file, name);
  if (!input) return tl::unexpected(input.error());
  network = with_input(std::move(*network), *input);
  if (!network) return fail(network.error().message, {name});
  return network;
}

}  // namespace

Result<TensorFile> parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& name) {
  std::uint64_t header_bytes = 0;
  if (bytes.size() < kLengthBytes) {
    return fail(
        fmt::format("not a safetensors file: it has {} bytes, and 8 take the length of its header", bytes.size()),
        {name});
  }
  std::memcpy(&header_bytes, bytes.data(), kLengthBytes);
  if (header_bytes > bytes.size() - kLengthBytes || header_bytes > kMostHeaderBytes) {
    return fail(fmt::format("not a safetensors file, or a truncated one: its first 8 bytes announce a header of {} "
                            "bytes, and {} follow",
                            header_bytes, bytes.size() - kLengthBytes),
                {name});
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes, header_bytes);
  const auto header = parse_header(text, name);
  if (!header) return tl::unexpected(header.error());
  TensorFile file;
  std::vector<Extent> extents;
  for (const auto& [key, entry] : header->items()) {
    if (key == "__metadata__") {
      auto metadata = parse_metadata(entry, name);
      if (!metadata) return tl::unexpected(metadata.error());
      file.metadata = std::move(*metadata);
      continue;
    }
    auto extent = parse_extent(key, entry, name);
    if (!extent) return tl::unexpected(extent.error());
    extents.push_back(std::move(*extent));
  }
  const std::span<const std::uint8_t> data = bytes.subspan(kLengthBytes + header_bytes);
  if (auto sound = check_extents(extents, data.size(), name); !sound) return tl::unexpected(sound.error());
  for (Extent& extent : extents) {
    Tensor tensor{std::move(extent.shape), std::vector<float>((extent.end - extent.begin) / sizeof(float))};
    if (!tensor.data.empty()) std::memcpy(tensor.data.data(), data.data() + extent.begin, extent.end - extent.begin);
    file.tensors[extent.name] = std::move(tensor);
  }
  return file;
}

Result<TensorFile> read_safetensors(const fs::path& path) {
  const auto bytes = drawings::read_whole_file(path, kMostFileBytes);
  if (!bytes) return tl::unexpected(bytes.error());
  return parse_safetensors({reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()}, path.string());
}

Result<void> write_safetensors(const TensorFile& file, const fs::path& path) {
  json header = json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::string data;
  for (const auto& [name, tensor] : file.tensors) {
    if (bytes_of(tensor.shape) != tensor.data.size() * sizeof(float)) {
      return fail(fmt::format("tensor '{}' has {} numbers, which is not its shape ({})", name, tensor.data.size(),
                              fmt::join(tensor.shape, ", ")),
                  {path.string()});
    }
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(tensor.data.data()), tensor.data.size() * sizeof(float));
    header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the numbers are aligned in a mapped file
  const std::uint64_t header_bytes = text.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &header_bytes, kLengthBytes);
  return drawings::write_file_atomically(path, bytes + text + data);
}

Result<void> save_checkpoint(const Checkpoint& checkpoint, const fs::path& path) {
  TensorFile file;
  const Shape& input = checkpoint.input;
  file.metadata = {{"model", checkpoint.network},
                   {"input", fmt::format("{}x{}x{}", input.channels, input.height, input.width)},
                   {"seed", fmt::to_string(checkpoint.seed)},
                   {"accuracy", fmt::to_string(checkpoint.accuracy)},
                   {"step", fmt::to_string(checkpoint.step)},
                   {"updates", fmt::to_string(checkpoint.optimizer.updates)}};
  put_tensors(checkpoint.weights, "", file);
  put_tensors(checkpoint.optimizer.first, "optimizer.first.", file);
  put_tensors(checkpoint.optimizer.second, "optimizer.second.", file);
  return write_safetensors(file, path);
}

Result<Checkpoint> load_checkpoint(const fs::path& path) {
  const std::string name = path.string();
  auto file = read_safetensors(path);
  if (!file) return tl::unexpected(file.error());
  const auto network = read_network(*file, name);
  if (!network) return tl::unexpected(network.error());
  Checkpoint checkpoint;
  checkpoint.network = network->name;
  checkpoint.input = network->input;
  for (auto read :
       {read_number(*file, "seed", checkpoint.seed, name), read_number(*file, "accuracy", checkpoint.accuracy, name),
        read_number(*file, "step", checkpoint.step, name),
        read_number(*file, "updates", checkpoint.optimizer.updates, name)}) {
    if (!read) return tl::unexpected(read.error());
  }
  checkpoint.weights = take_tensors(*network, "", *file);
  checkpoint.optimizer.first = take_tensors(*network, "optimizer.first.", *file);
  checkpoint.optimizer.second = take_tensors(*network, "optimizer.second.", *file);
  if (!file->tensors.empty()) {
    return fail(fmt::format("tensor '{}' is not one of {}'s: those are layer0.weight, layer0.bias, layer1.weight, ...",
                            file->tensors.begin()->first, network->name),
                {name});
  }
  for (const Weights* weights : {&checkpoint.weights, &checkpoint.optimizer.first, &checkpoint.optimizer.second}) {
    if (weights != &checkpoint.weights && weights->layers.empty()) continue;  // this optimiser keeps none
    if (auto fit = check_fit(*network, *weights); !fit) return fail(fit.error().message, {name});
    if (!all_finite(*weights)) return fail("some of its weights are not finite numbers: it cannot be used", {name});
  }
  return checkpoint;
}

}  // namespace warpscope::training
