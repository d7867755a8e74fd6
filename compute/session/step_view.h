// session/step_view.h: everything the Step workspace shows, as values that never change. Floor 5. Any thread may read.
// A run is recorded once; a moment is where the person is in it. What a moment holds (variables, registers, memory) is
// read from its machine state with the functions of trace/inspect.h.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compute/device/device.h"
#include "compute/kernels/catalogue.h"
#include "compute/kernels/inputs.h"
#include "compute/ptx/debug_info.h"
#include "compute/session/launch_request.h"
#include "compute/session/message.h"
#include "compute/trace/access_map.h"
#include "compute/trace/inspect.h"
#include "compute/trace/navigate.h"
#include "compute/trace/step_record.h"
#include "compute/trace/writers.h"
#include "compute/vgpu/machine.h"
#include "compute/vgpu/observers/coalescing.h"
#include "compute/vgpu/observers/counters.h"
#include "compute/vgpu/observers/finding.h"
#include "compute/vgpu/observers/source_map.h"

namespace warpscope::session {

using base::LaneMask;

// ---- What is open

// The text in the editor: CUDA C++ or PTX. The run on screen may have been made from an older one (StepRun::source).
struct StepSource {
  std::uint64_t version = 0;  // goes up with every change of the text
  std::filesystem::path file;
  std::string name;                          // "matmul_tiled.cu"
  const kernels::Kernel* shipped = nullptr;  // one of ours; null: a person's own
  std::shared_ptr<const std::string> text;   // never null
  bool is_ptx = false;
  bool edited = false;           // not as it is on disk
  bool changed_on_disk = false;  // another program wrote the file since it was read
};

// A word of a compiler, or why a text cannot be run.
struct StepProblem {
  enum class Severity : std::uint8_t { kNote, kWarning, kError };
  Severity severity = Severity::kError;
  std::string file;  // as the compiler names it
  int line = 0;      // 0: of no line
  int column = 0;
  std::string message;
};

// ---- The run

// Of one buffer (or variable) in device memory, as the whole run used it.
struct StepBuffer {
  std::string name;  // of the parameter or variable
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
  int argument = -1;                                         // index of the parameter; -1: a variable
  kernels::ElementType element = kernels::ElementType::kU8;  // what its bytes are, as far as is known
  bool constant = false;
  // By 4-byte word; empty where the buffer is too large to be watched word by word.
  std::vector<std::uint32_t> reads, writes;  // by how many lanes, all steps together
  std::vector<std::uint64_t> first_write;    // the step; kNeverWritten where there is none
  bool host_wrote = false;                   // before the launch: nothing in it is "never written"
};
inline constexpr std::uint64_t kNeverWritten = trace::kNever;

struct StepFinding {
  vgpu::Finding finding;
  trace::Position at = 0;                   // records()[at] is the access that was found
  std::optional<trace::Position> other_at;  // the earlier access of a race, where it could be told
  std::optional<vgpu::Fault> fault;         // the launch ended with this one
};

struct BarrierMark {
  trace::Position at = 0;  // the step that let them go is records()[at]
  std::uint64_t block = 0;
  int id = 0;
};

// A change that a person made to the history: everything after it follows from it.
struct StepEdit {
  trace::Position at = 0;
  std::string text;  // "sum = 3 in lanes 0-31 of warp 2"
};

// Positions of the steps of each block, in order.
struct BlockSteps {
  std::vector<std::uint32_t> order;    // positions, block by block
  std::vector<std::uint32_t> offsets;  // those of block b are order[offsets[b] .. offsets[b + 1]); only recorded blocks
  std::vector<std::uint64_t> blocks;   // numbers of the blocks that have steps, ascending; parallel to offsets
};

struct StepRun {
  std::uint64_t id = 0;  // goes up with every run
  std::shared_ptr<const StepSource> source;
  StepLaunch launch_text;
  std::shared_ptr<const ptx::Module> module;
  std::shared_ptr<const vgpu::Program> program;
  vgpu::Launch launch;
  std::string kernel;  // readable: "scale(float *, int)"
  std::shared_ptr<const ptx::DebugInfo> debug;
  vgpu::SourceMap lines;
  std::string source_file;  // the file of `lines` that source->text is; "" where the text is PTX
  std::string compiler;     // "NVRTC 13.0"; "" where PTX was read

  std::shared_ptr<const std::vector<trace::StepRecord>> records;
  std::uint32_t warps_per_block = 1;
  BlockSteps by_block;
  bool complete = true;      // else it was recorded up to `limit_reason`
  std::string limit_reason;  // "" where complete
  std::optional<vgpu::Fault> fault;
  std::vector<vgpu::CounterRow> pcs;          // by pc, of the whole run
  std::vector<vgpu::LineCounters> line_rows;  // by line, of the whole run
  vgpu::CounterRow total;
  std::vector<StepFinding> findings;  // in order of time
  std::vector<BarrierMark> barriers;  // in order of time
  std::vector<StepBuffer> buffers;    // in order of the arguments, then variables
  std::vector<StepEdit> edits;        // not empty: this history is forked
  std::string printed;                // by printf, all of it
  double compile_seconds = 0;
  std::uint64_t time_travel_bytes = 0;

  std::uint64_t size() const { return records->size(); }
};

// ---- The moment

// Who wrote each 4-byte word of a block's shared memory last: 0 nobody, else the step's number + 1.
using SharedWrites = std::vector<std::uint64_t>;

struct StepMoment {
  std::uint64_t run = 0;         // StepRun::id
  trace::Position position = 0;  // records[position] comes next
  trace::WarpIndex followed = 0;
  std::shared_ptr<const vgpu::MachineState> state;
  // What the machine held at the moment shown before this one, for what has changed; null at first.
  std::shared_ptr<const vgpu::MachineState> before;
  // What the next step (of whichever warp is next) will do: made by doing it on a copy.
  bool has_next = false;
  vgpu::Machine::Next next;
  std::vector<vgpu::Access> accesses;
  // The same for the followed warp's own next step, which may come later; empty where it has none.
  std::optional<trace::Position> followed_next;
  std::vector<vgpu::Access> followed_accesses;
  std::shared_ptr<const SharedWrites> shared_writes;  // of the followed block; null where it has no shared memory
};

// ---- Breakpoints

struct StepBreakpoint {
  enum class Kind : std::uint8_t { kLine, kPc, kVariable, kMemory };
  int id = 0;
  Kind kind = Kind::kLine;
  int line = 0;  // of the run's source
  vgpu::Pc pc = 0;
  std::string condition;  // "sum > 100": of any active lane; "" always
  std::string watched;    // of kVariable: "sum"; of kMemory: what it is called, "c[17]"
  trace::MemoryPlace place;
  bool enabled = true;
  std::string problem;  // why it cannot work: "'summ' is no variable of this kernel"
};

// Answer to "who wrote this?".
struct WriterAnswer {
  std::uint64_t question = 0;  // as it was asked
  bool known = false;          // the answer is there
  std::optional<trace::Write> write;
  std::string text;  // "line 20, warp 3, lanes 0-15, step 9,139" or "the host, before the launch"
};

// ---- All together

struct StepJob {
  enum class Kind : std::uint8_t { kNone, kCompiling, kRecording, kSearching };
  Kind kind = Kind::kNone;
  std::string text;         // "Compiling matmul.cu", for people
  std::uint64_t steps = 0;  // recorded so far
};

struct StepView {
  std::uint64_t version = 0;
  std::uint64_t answered = 0;                // every command up to this one (StepSession::sent()) is done
  std::shared_ptr<const StepSource> source;  // null while nothing is open
  std::shared_ptr<const StepLaunch> launch;  // as it is edited; null while nothing is open
  std::shared_ptr<const StepRun> run;        // null before the first; the old one stays until the new one is there
  std::shared_ptr<const StepMoment> moment;  // of `run`
  std::shared_ptr<const std::vector<StepProblem>> problems;  // of the last compile; never null
  std::vector<StepBreakpoint> breakpoints;
  WriterAnswer writer;
  StepJob job;
  vgpu::Schedule schedule;
  std::vector<std::string> kernels;  // entries of the open file
  std::vector<Message> messages;     // the last 50, oldest first
  // True where the last run was stopped or could not be made: what is shown is older than the text.
  bool stale = false;
};

}  // namespace warpscope::session
