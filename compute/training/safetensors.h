// training/safetensors.h: weights in files that PyTorch loads as they are. Floor 4.
// Format: https://github.com/huggingface/safetensors (8-byte little-endian header length, JSON header, raw data).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "compute/base/error.h"
#include "compute/training/backend.h"
#include "compute/training/network.h"

namespace warpscope::training {

// Names to tensors (F32) and text to text.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

// Errors: not there, header length beyond the file, header not JSON (line and column), a type other than F32, offsets
// that overlap, leave gaps, or disagree with the shape.
base::Result<TensorFile> read_safetensors(const std::filesystem::path& path);
// The same from memory; `name` is the file the errors speak of.
base::Result<TensorFile> parse_safetensors(std::span<const std::uint8_t> bytes, const std::string& name);
// Writes beside `path`, syncs, and renames: a crash leaves the old file or the new one, never half of one.
base::Result<void> write_safetensors(const TensorFile& file, const std::filesystem::path& path);

// A network's weights with what is known of them. Tensors layer0.weight, layer0.bias, layer1.weight, ...: N counts the
// layers that have weights, in order. Metadata: model, input (channels x height x width), seed, accuracy, step,
// updates.
struct Checkpoint {
  std::string network;
  Shape input{1, 28, 28};
  std::uint64_t seed = 0;
  double accuracy = 0;  // validation, 0..1; 0 where not measured
  std::int64_t step = 0;
  Weights weights;
  OptimizerState optimizer;  // kept as optimizer.first.layerN.weight, ... ; updates 0 and no tensors for exports
};
base::Result<void> save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);
// Checks that the tensors fit the network named in the file, that none is missing or more, and that all are finite.
base::Result<Checkpoint> load_checkpoint(const std::filesystem::path& path);

}  // namespace warpscope::training
