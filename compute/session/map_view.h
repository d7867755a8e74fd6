// session/map_view.h: everything the SM map shows, as values that never change. Floor 5. Any thread may read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/gpu/occupancy.h"
#include "compute/kernels/map_kernels.h"
#include "compute/session/step_view.h"
#include "compute/timing/simulate.h"

namespace warpscope::session {

// What is mapped: one of kernels::map_kernels(), or a kernel with a launch of its own, as Step or Convolve have it
// open.
struct MapSource {
  std::string kernel = "matmul_strip";  // of map_kernels(), or the entry's name in `file`
  std::filesystem::path file;           // a person's own: .cu, .ptx. "": shipped
  std::optional<StepLaunch> launch;     // launched so; else as map_kernels() says
  std::string from;                     // for people: "Step", "Convolve"; "": chosen in the SM map
};

// Everything a person can turn. What is not set is the kernel's own.
struct MapSettings {
  MapSource source;
  std::string gpu = "GeForce RTX 3060";
  std::optional<base::Dim3> grid;  // else what covers the kernel's data
  std::optional<int> block_threads;
  std::optional<int> registers;
  std::optional<std::uint64_t> shared_bytes;  // of a block, static and dynamic together; more than it needs at most
  int carveout_percent = -1;
  timing::WarpPolicy policy = timing::WarpPolicy::kGreedyThenOldest;
  bool cold_caches = true;
  bool traced = false;  // what the real GPU did, instead of the model
};

enum class RegisterOrigin : std::uint8_t {
  kPtxas,     // said so, for this GPU's architecture
  kNearest,   // said so, for the oldest architecture that it knows: this GPU's is older
  kEstimate,  // from live ranges: there is no ptxas
  kChosen,    // by the person
};
struct MapRegisters {
  int count = 0;      // that the run takes: the kernel's, or chosen
  int of_kernel = 0;  // its own
  RegisterOrigin origin = RegisterOrigin::kEstimate;
  std::uint64_t spill_bytes = 0;
};

// The settings spelled out, with everything that needs no run. There a few milliseconds after a slider was moved.
struct MapPlan {
  std::uint64_t version = 0;
  MapSettings settings;
  std::string title;        // "Matrix product in strips"
  std::string kernel;       // the entry: "matmul_strip"
  std::string source_name;  // "matmul_strip.cu"
  const kernels::Kernel* shipped = nullptr;
  gpu::Gpu gpu;
  const gpu::SmLimits* limits = nullptr;  // never null
  base::Dim3 grid, block;
  std::uint64_t static_shared = 0, dynamic_shared = 0;
  std::uint64_t added_shared = 0;  // that the person added to what the kernel needs
  MapRegisters registers;
  std::optional<gpu::Occupancy> occupancy;  // empty: `problem` says why no block can run
  double waves = 0;
  std::vector<gpu::CurvePoint> by_threads, by_registers, by_shared;
  std::optional<gpu::Suggestion> suggestion;
  std::string block_note;   // why the kernel cannot have another block: "" where it can
  std::string shared_note;  // why the shared memory asked for cannot be had: "" where it can
  std::string problem;     // why this cannot be run; "" else

  gpu::KernelUse use() const {
    return {static_cast<int>(block.count()), registers.count, static_shared, dynamic_shared + added_shared,
            settings.carveout_percent};
  }
};

// A run that has ended. Immutable, shared between views. Looking closely at an SM gives another value of the same id:
// its timeline is the same but for `schedules`. A run that is shown again, as a slider goes back, keeps its id.
struct MapRun {
  std::uint64_t id = 0;                              // goes up with every run that is made
  std::shared_ptr<const MapPlan> plan;               // never null
  std::shared_ptr<const timing::Timeline> timeline;  // never null
  timing::Peak peak;
  vgpu::SourceMap lines;  // pc -> line of the source
  std::string fault;      // the kernel faulted: why; "" else
  std::string printed;
  double host_seconds = 0;  // that computing it took
  double overhead = 0;      // traced: how much longer the kernel took, as a part; 0: not measured
  bool complete = true;     // else it was stopped
};

struct MapJob {
  enum class Kind : std::uint8_t { kNone, kCompiling, kSimulating, kTracing, kLookingClosely } kind = Kind::kNone;
  std::string text;  // "Simulating matmul_strip on GeForce RTX 3060", for people
  timing::Progress progress;
};

struct MapChoice {
  std::string kernel, title, topic;
};

struct MapView {
  std::uint64_t version = 0;
  std::uint64_t answered = 0;                             // commands done
  std::shared_ptr<const std::vector<MapChoice>> kernels;  // never null
  std::shared_ptr<const std::vector<gpu::Gpu>> gpus;      // never null
  MapSettings settings;                                   // as asked
  std::shared_ptr<const MapPlan> plan;                    // of `settings`; null until the first is there
  std::shared_ptr<const MapRun> run;     // the newest that has ended; may be older than the plan. Null before the first
  std::shared_ptr<const MapRun> before;  // the one before it
  std::shared_ptr<const MapRun> compared;  // kept by hand, to stand beside the others; null: none
  MapJob job;
  std::string trace_note;           // why there is no real trace here; "" where a GPU is there to trace on
  std::optional<StepRequest> step;  // as in ConvolveView: a block to be opened in Step
  std::vector<Message> messages;    // newest last; as in LearnView
};

}  // namespace warpscope::session
