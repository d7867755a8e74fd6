#include "compute/session/microscope_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "compute/gpu/occupancy.h"
#include "compute/session/microscope_pictures.h"
#include "compute/session/step_reading.h"

namespace warpscope::session {

using training::FrozenArgument;
using training::FrozenLaunch;
using training::FrozenTensor;
using training::TensorType;

namespace {

template <class T>
void summarise(const FrozenTensor& tensor, MicroscopeTensor& row) {
  const std::vector<std::uint8_t>& bytes = *tensor.bytes;
  double sum = 0, least = std::numeric_limits<double>::infinity(), greatest = -least;
  std::size_t finite = 0;
  for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T element;
    std::memcpy(&element, bytes.data() + at, sizeof(T));
    const auto value = static_cast<double>(element);
    if (!std::isfinite(value)) {
      ++row.not_finite;
      continue;
    }
    ++finite;
    sum += value;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  if (finite == 0) return;
  row.least = static_cast<float>(least);
  row.greatest = static_cast<float>(greatest);
  row.mean = static_cast<float>(sum / static_cast<double>(finite));
}

// The first tensor that is read and has more than one dimension tells most, and the first that is written.
std::string shapes_of(const std::vector<MicroscopeTensor>& tensors) {
  const auto first = [&](bool writes) -> const MicroscopeTensor* {
    const auto fits = [&](const MicroscopeTensor& tensor) { return tensor.writes == writes; };
    const auto wide = std::find_if(tensors.begin(), tensors.end(), [&](const MicroscopeTensor& tensor) {
      return fits(tensor) && tensor.shape.find("×") != std::string::npos;
    });
    if (wide != tensors.end()) return &*wide;
    const auto any = std::find_if(tensors.begin(), tensors.end(), fits);
    return any == tensors.end() ? nullptr : &*any;
  };
  const MicroscopeTensor* const from = first(false);
  const MicroscopeTensor* const to = first(true);
  if (from == nullptr || to == nullptr) return from != nullptr ? from->shape : to != nullptr ? to->shape : "";
  return from->shape + " → " + to->shape;
}

std::vector<MicroscopeTensor> tensors_of(const FrozenLaunch& launch) {
  std::vector<MicroscopeTensor> rows;
  std::size_t written = 0;
  for (const FrozenArgument& argument : launch.arguments) {
    if (!argument.tensor) continue;
    const bool left = argument.writes && written < launch.written.size();
    MicroscopeTensor row = describe(left ? *launch.written[written++] : *argument.tensor);
    row.argument = argument.name;
    row.writes = argument.writes;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<gpu::Gpu> catalogue() {
  auto gpus = gpu::read_gpus();
  return gpus ? std::move(*gpus) : std::vector<gpu::Gpu>{};
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t size : shape) {
    text += (text.empty() ? "" : " × ") + with_commas(static_cast<std::uint64_t>(size));
  }
  return text.empty() ? "1" : text;
}

MicroscopeTensor describe(const FrozenTensor& tensor) {
  MicroscopeTensor row;
  row.name = tensor.name;
  row.shape = shape_text(tensor.shape);
  row.type = training::text_of(tensor.type);
  row.picture = tensor_picture(tensor);
  switch (tensor.type) {
    case TensorType::kF32:
      summarise<float>(tensor, row);
      break;
    case TensorType::kU8:
      summarise<std::uint8_t>(tensor, row);
      break;
    case TensorType::kU32:
      summarise<std::uint32_t>(tensor, row);
      break;
    case TensorType::kI32:
      summarise<std::int32_t>(tensor, row);
      break;
  }
  return row;
}

MicroscopeReader::MicroscopeReader() : gpus_(catalogue()) {}

bool MicroscopeReader::fill(MicroscopeView& view, const training::FrozenStep& step, const std::optional<gpu::Gpu>& real,
                            const std::atomic<bool>& stop) {
  view.device = step.device;
  view.measured = step.kind == training::BackendKind::kCuda;
  view.gpu = real ? real->name : MapSettings{}.gpu;
  view.loss = step.stats.stats.loss;
  view.correct = step.stats.stats.correct;
  view.phases = step.phases;
  for (const FrozenLaunch& launch : step.launches) {
    if (stop) return false;
    view.launches.push_back(row_of(launch, real, stop));
  }
  return !stop;
}

MapPlan MicroscopeReader::plan_of(const training::PlannedLaunch& launch, const std::optional<gpu::Gpu>& real,
                                  const std::atomic<bool>& stop) {
  MapPlan plan;
  MapSettings settings;
  settings.source.kernel = launch.kernel;
  const auto gpu = real ? base::Result<gpu::Gpu>(*real) : gpu::find_gpu(gpus_, settings.gpu);
  Known& known = known_[launch.kernel];
  if (!known.code) {
    // As the catalogue launches it; how it is launched here is put in below.
    settings.source.launch.emplace().kernel = launch.kernel;
    const auto code = read_map_code(settings.source);
    if (code) known.code = *code;
    if (!code) plan.problem = code.error().text();
  }
  if (!gpu) plan.problem = gpu.error().text();
  if (!gpu || !known.code) return plan;
  const int capability = gpu->capability.number();
  if (known.registers.count(capability) == 0 && !stop) {
    const MapRegisters asked = registers_of(*known.code, gpu->capability, &stop);
    if (!stop) known.registers[capability] = asked;
  }
  if (stop) return plan;
  MapCode code = *known.code;
  code.launch.grid = launch.grid;
  code.launch.block = launch.block;
  code.launch.dynamic_shared_bytes = launch.dynamic_shared_bytes;
  return make_map_plan({settings, code, *gpu, known.registers[capability]});
}

MicroscopeLaunch MicroscopeReader::row_of(const FrozenLaunch& launch, const std::optional<gpu::Gpu>& real,
                                          const std::atomic<bool>& stop) {
  MicroscopeLaunch row;
  row.kernel = launch.plan.kernel;
  row.file = launch.plan.file;
  row.title = launch.plan.kernel;
  row.about = launch.plan.about;
  row.phase = launch.plan.phase;
  row.layer = launch.plan.layer;
  row.grid = launch.plan.grid;
  row.block = launch.plan.block;
  row.shared_bytes = launch.plan.dynamic_shared_bytes;
  row.seconds = launch.seconds;
  row.tensors = tensors_of(launch);
  row.shapes = shapes_of(row.tensors);
  if (const kernels::Kernel* const shipped = kernels::find_kernel(launch.plan.kernel)) {
    row.title = shipped->title;
    row.idea = shipped->idea;
  }
  const MapPlan plan = plan_of(launch.plan, real, stop);
  row.shared_bytes += plan.static_shared;
  row.registers = plan.registers.count;
  if (!plan.occupancy) {
    row.limiter = plan.problem;
    return row;
  }
  row.occupancy = plan.occupancy->share;
  if (row.occupancy < 1) row.limiter = gpu::text_of_limiters(plan.occupancy->limiters);
  return row;
}

}  // namespace warpscope::session
