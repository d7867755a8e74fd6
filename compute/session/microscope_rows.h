// session/microscope_rows.h: a frozen step as the microscope shows it. Floor 5. One thread; reads kernels once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compute/session/learn_view.h"
#include "compute/session/map_plan.h"
#include "compute/training/device_backend.h"

namespace warpscope::session {

class MicroscopeReader {
 public:
  MicroscopeReader();

  // The GPU that occupancy is told for: the real one, or the one that the SM map begins with.
  const std::vector<gpu::Gpu>& gpus() const { return gpus_; }
  // Into a view that has the rest. `real`: the GPU that made the step. False where `stop` ended it.
  bool fill(MicroscopeView& view, const training::FrozenStep& step, const std::optional<gpu::Gpu>& real,
            const std::atomic<bool>& stop);

 private:
  MicroscopeLaunch row_of(const training::FrozenLaunch& launch, const std::optional<gpu::Gpu>& real,
                          const std::atomic<bool>& stop);

  // What the SM map would say of the launch; `problem` says why not.
  MapPlan plan_of(const training::PlannedLaunch& launch, const std::optional<gpu::Gpu>& real,
                  const std::atomic<bool>& stop);

  struct Known {
    std::shared_ptr<const MapCode> code;
    std::map<int, MapRegisters> registers;  // by compute capability
  };
  std::vector<gpu::Gpu> gpus_;
  std::map<std::string, Known> known_;  // by kernel
};

// What is in a tensor, for people.
MicroscopeTensor describe(const training::FrozenTensor& tensor);
// "64 × 5,408".
std::string shape_text(const std::vector<std::int64_t>& shape);

}  // namespace warpscope::session
