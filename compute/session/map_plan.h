// session/map_plan.h: settings of the SM map spelled out, with everything that needs no run. Floor 5. Owned by one
// thread. A few milliseconds; where a person's own kernel has to be compiled, or ptxas asked, as long as that takes.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "compute/session/map_code.h"

namespace warpscope::session {

// What a plan is made of.
struct MapPlanInput {
  const MapSettings& settings;
  const MapCode& code;
  const gpu::Gpu& gpu;
  MapRegisters own;  // of the kernel, for that GPU
};
// Pure.
MapPlan make_map_plan(const MapPlanInput& input);

// What ptxas said of a shipped kernel, says of this one now, or is said in its place.
MapRegisters registers_of(const MapCode& code, gpu::ComputeCapability capability, const std::atomic<bool>* stop);

// Equal texts: the same run. All that a run depends on.
std::string identity_of(const MapPlan& plan);
// Equal texts: the same settings.
std::string identity_of(const MapSettings& settings);

// Reads kernels once, and asks for their registers once.
class MapPlanner {
 public:
  explicit MapPlanner(std::vector<gpu::Gpu> gpus) : gpus_(std::move(gpus)) {}

  struct Answer {
    MapPlan plan;                         // where nothing could be planned, `problem` says why
    std::shared_ptr<const MapCode> code;  // null where the kernel could not be read
  };
  // `real`: the GPU that the run is traced on, in place of the one that the settings name.
  Answer plan(const MapSettings& settings, const std::optional<gpu::Gpu>& real = {},
              const std::atomic<bool>* stop = nullptr);

  const std::vector<gpu::Gpu>& gpus() const { return gpus_; }
  // Whether plan() would have to read the kernel first.
  bool knows(const MapSettings& settings, const std::optional<gpu::Gpu>& real = {}) const;

 private:
  struct Known {
    std::string identity;
    std::shared_ptr<const MapCode> code;
    std::vector<std::pair<gpu::ComputeCapability, MapRegisters>> registers;
  };
  base::Result<Known*> read(const MapSettings& settings, const std::optional<gpu::Gpu>& real,
                            const std::atomic<bool>* stop);

  std::vector<gpu::Gpu> gpus_;
  std::list<Known> known_;  // newest first
};

}  // namespace warpscope::session
