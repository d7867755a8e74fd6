#include "compute/training/step_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "compute/base/paths.h"
#include "compute/ptx/parser.h"
#include "compute/training/plan_builder.h"

namespace warpscope::training {
namespace {

base::Result<std::shared_ptr<const ptx::Module>> module_of(const std::string& stem) {
  const auto path = base::find_asset(fmt::format("ptx/{}.ptx", stem));
  if (!path) return tl::unexpected(path.error());
  std::ifstream file(*path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file) return base::fail(fmt::format("{} cannot be read", path->string()));
  auto module = ptx::parse(text, path->string());
  if (!module) return tl::unexpected(module.error().front());
  return std::make_shared<const ptx::Module>(std::move(*module));
}

std::vector<std::uint8_t> bytes_of_address(device::Address address) {
  std::vector<std::uint8_t> bytes(sizeof address);
  std::memcpy(bytes.data(), &address, sizeof address);
  return bytes;
}

}  // namespace

base::Result<void> load_kernels(device::Device& device, std::span<const std::string> stems) {
  std::vector<std::shared_ptr<const ptx::Module>> modules;
  for (const std::string& stem : stems) {
    auto module = module_of(stem);
    if (!module) return tl::unexpected(module.error());
    modules.push_back(std::move(*module));
  }
  if (auto loaded = device.load_all(std::move(modules)); !loaded) return tl::unexpected(loaded.error().front());
  return {};
}

StepMemory::StepMemory(device::Device& device, const StepPlan& plan)
    : device_(device), tensors_(plan.tensors), addresses_(plan.tensors.size(), 0) {}

std::uint64_t StepMemory::total_bytes(std::int64_t pictures) const {
  std::uint64_t bytes = 0;
  for (const PlannedTensor& tensor : tensors_) bytes += tensor.part_of < 0 ? tensor.size_bytes() : 0;
  const std::vector<std::int64_t>& picture = tensors_[static_cast<std::size_t>(find("pictures"))].shape;
  return bytes + static_cast<std::uint64_t>(pictures * picture[1] * picture[2] * picture[3]);
}

base::Result<void> StepMemory::allocate(std::int64_t pictures) {
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    const PlannedTensor& tensor = tensors_[i];
    if (tensor.part_of >= 0) continue;
    const std::size_t bytes = tensor.size_bytes();
    if (bytes == 0) continue;  // the pictures: below
    auto address = device_.allocate(bytes, tensor.name);
    if (!address) return tl::unexpected(address.error());
    addresses_[i] = *address;
    const std::vector<std::uint8_t> zeros(bytes);
    if (auto fine = device_.write(*address, zeros); !fine) return fine;
  }
  return make_room(pictures, 0);
}

base::Result<void> StepMemory::make_room(std::int64_t pictures, std::int64_t kept) {
  const auto index = static_cast<std::size_t>(find("pictures"));
  PlannedTensor& tensor = tensors_[index];
  PlannedTensor wanted = tensor;
  wanted.shape[0] = pictures;
  const auto made = device_.allocate(wanted.size_bytes(), tensor.name);
  if (!made) return tl::unexpected(made.error());
  if (kept > 0) {
    PlannedTensor old = tensor;
    old.shape[0] = kept;
    if (auto fine = device_.copy(*made, addresses_[index], old.size_bytes()); !fine) return fine;
  }
  if (room_ > 0) {
    if (auto fine = device_.free(addresses_[index]); !fine) return fine;
  }
  addresses_[index] = *made;
  tensor = std::move(wanted);
  room_ = pictures;
  return {};
}

int StepMemory::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors_.begin(), tensors_.end(), [&](const PlannedTensor& t) { return t.name == name; });
  return found == tensors_.end() ? -1 : static_cast<int>(found - tensors_.begin());
}

device::Address StepMemory::address(int tensor) const {
  const PlannedTensor& wanted = tensors_[static_cast<std::size_t>(tensor)];
  if (wanted.part_of < 0) return addresses_[static_cast<std::size_t>(tensor)];
  return addresses_[static_cast<std::size_t>(wanted.part_of)] +
         static_cast<std::uint64_t>(wanted.first_element) * bytes_of(wanted.type);
}

device::LaunchRequest StepMemory::request(const PlannedLaunch& launch) const {
  device::LaunchRequest request{launch.kernel, launch.grid, launch.block, launch.dynamic_shared_bytes, {}, {}};
  for (const PlannedArgument& argument : launch.arguments) {
    const bool is_value = argument.tensor < 0 && !argument.value.empty();
    request.arguments.push_back(is_value ? argument.value
                                         : bytes_of_address(argument.tensor < 0 ? 0 : address(argument.tensor)));
  }
  return request;
}

// ---- Weights

std::size_t StepMemory::parameter_count() const {
  return static_cast<std::size_t>(tensors_[static_cast<std::size_t>(find("parameters"))].shape[0]);
}

namespace {

// Where each tensor of `weights` lies in the flat arrays; `visit` gets it and its first element there.
template <class AnyWeights, class Visit>
void each_place(const std::vector<PlannedTensor>& tensors, AnyWeights& weights, Visit visit) {
  const auto first = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find_if(tensors.begin(), tensors.end(), [&](const PlannedTensor& t) {
                                      return t.name == name;
                                    })->first_element);
  };
  for (auto& layer : weights.layers) {
    visit(layer.weight, first(fmt::format("layer {} weight", layer.layer)));
    visit(layer.bias, first(fmt::format("layer {} bias", layer.layer)));
  }
}

}  // namespace

base::Result<void> StepMemory::write_weights(std::string_view array, const Weights& weights) {
  std::vector<float> flat(parameter_count(), 0.0F);
  each_place(tensors_, weights, [&](const Tensor& tensor, std::size_t first) {
    std::copy(tensor.data.begin(), tensor.data.end(), flat.begin() + static_cast<std::ptrdiff_t>(first));
  });
  return write<float>(array, flat);
}

base::Result<Weights> StepMemory::read_weights(std::string_view array, Weights shapes) const {
  const auto flat = read<float>(array, parameter_count());
  if (!flat) return tl::unexpected(flat.error());
  each_place(tensors_, shapes, [&](Tensor& tensor, std::size_t first) {
    std::copy_n(flat->begin() + static_cast<std::ptrdiff_t>(first), tensor.data.size(), tensor.data.begin());
  });
  return shapes;
}

// ---- Steps

base::Result<void> StepMemory::write_steps(std::span<const PlannedStep> steps, std::span<const float> rates) {
  const auto batch = static_cast<std::size_t>(tensors_[static_cast<std::size_t>(find("labels"))].shape[0]);
  order_.assign(steps.size() * batch, 0);
  labels_.assign(steps.size() * batch, 0);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const BatchRecipe& recipe = steps[i].batch;
    std::copy(recipe.pictures.begin(), recipe.pictures.end(), order_.begin() + static_cast<std::ptrdiff_t>(i * batch));
    std::copy(recipe.labels.begin(), recipe.labels.end(), labels_.begin() + static_cast<std::ptrdiff_t>(i * batch));
  }
  const std::int32_t start[4] = {0, 0, 0, 0};
  return write<std::uint32_t>("order", order_)
      .and_then([&] { return write<std::uint8_t>("order labels", labels_); })
      .and_then([&] { return write_changes(steps); })
      .and_then([&] { return write<float>("rates", rates); })
      .and_then([&] { return write<std::int32_t>("counter", start); });
}

base::Result<void> StepMemory::write_changes(std::span<const PlannedStep> steps) {
  const std::vector<std::int64_t>& shape = tensors_[static_cast<std::size_t>(find("changes"))].shape;
  const auto batch = static_cast<std::size_t>(shape[1]), stride = static_cast<std::size_t>(shape[2]);
  const std::size_t knots = (stride - kChangeNumbers) / 2;
  if (std::all_of(steps.begin(), steps.end(), [](const PlannedStep& s) { return s.batch.changes.empty(); })) return {};
  changes_.assign(steps.size() * batch * stride, 0.0F);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    float* row = changes_.data() + i * batch * stride;
    for (const PictureChange& c : steps[i].batch.changes) {
      const bool field = c.knots_x.size() == knots && c.knots_y.size() == knots;
      const float numbers[kChangeNumbers] = {c.xx, c.xy, c.x0, c.yx, c.yy, c.y0, c.thickness_px, field ? 1.0F : 0.0F};
      std::copy(std::begin(numbers), std::end(numbers), row);
      if (field) std::copy(c.knots_x.begin(), c.knots_x.end(), row + kChangeNumbers);
      if (field) std::copy(c.knots_y.begin(), c.knots_y.end(), row + kChangeNumbers + knots);
      row += stride;
    }
  }
  return write<float>("changes", changes_);
}

std::array<float, 4> rates_of(const OptimizerSettings& optimizer, float rate, std::int64_t update, float loss_scale) {
  const auto t = static_cast<double>(update);
  const bool adam = optimizer.kind == OptimizerKind::kAdam;
  const auto correction = [&](float beta) {
    return adam ? static_cast<float>(1 - std::pow(static_cast<double>(beta), t)) : 1.0F;
  };
  return {rate, correction(optimizer.beta1), correction(optimizer.beta2), loss_scale};
}

}  // namespace warpscope::training
