// session/step_reading.h: a moment in words that people use: lanes and what they do, variables and their values.
// Floor 5. Pure functions; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compute/session/step_view.h"

namespace warpscope::session {

// ---- Warps and lanes

enum class LaneState : std::uint8_t {
  kAbsent,      // the block has no such thread
  kIssues,      // takes part in the next instruction of its warp, and the warp is next
  kReady,       // takes part in the next instruction of its warp
  kOff,         // its warp goes on without it; it waits or runs later, and joins again
  kAtBarrier,   // waits at a barrier of the block
  kAtWarpSync,  // waits for other lanes of its warp
  kDone,        // has exited
  kFaulted,     // made the launch end
};

// A warp of the followed block, as it stands.
struct WarpRow {
  trace::WarpIndex warp = 0;
  std::array<LaneState, 32> lanes{};
  std::array<vgpu::Pc, 32> pcs{};  // where each lane is; kNoPc: nowhere
  vgpu::Pc pc = vgpu::kNoPc;       // of the lanes that run next
  int line = 0;                    // of the source, 0: not known, or the warp has ended
  LaneMask active = 0;             // the lanes that run next
  LaneMask exists = 0;
  int barrier = -1;  // that any of its lanes wait at
  int groups = 0;    // lanes at different places: 1 where the warp is together
  bool is_next = false;
};
// All warps of the followed block; where it has not begun or has ended: rows of absent (or done) lanes.
std::vector<WarpRow> warp_rows(const StepRun& run, const StepMoment& moment);

// Where a barrier's threads are: by warp of the followed block, the lanes that have arrived.
struct BarrierRow {
  int id = 0;
  int line = 0;
  std::uint32_t arrived = 0, expected = 0;  // threads
  std::vector<LaneMask> lanes;              // by warp
};
std::vector<BarrierRow> barrier_rows(const StepRun& run, const StepMoment& moment);

// "(3, 5, 0)"; the parts that matter for a block of this shape: "3" for a one-dimensional one.
std::string thread_text(const base::Dim3& shape, const base::Dim3& index);
base::Dim3 thread_index(const StepRun& run, trace::WarpIndex warp, int lane);
base::Dim3 block_index(const StepRun& run, trace::WarpIndex warp);

// "8,000,000".
std::string with_commas(std::uint64_t value);

// How steps are numbered for people: those that the block of a step had made before it.
std::uint64_t step_in_block(const StepRun& run, trace::Position position);

// The instruction at a pc as PTX text; "" for the implicit return of a function.
std::string instruction_text(const StepRun& run, vgpu::Pc pc);

// The line of the source at a pc, for people: 0 where it is not of the open text.
int line_at(const StepRun& run, vgpu::Pc pc);
// The pcs of a line, ascending: what a click on a line means below. Empty where there is no code.
std::vector<vgpu::Pc> pcs_of_line(const StepRun& run, int line);

// ---- Variables

// One variable of the followed warp, or a part of one: an element, a member.
struct VariableRow {
  std::string path;  // "sum", "tile[3][5]", "p.x": what commands and conditions take
  std::string name;  // the last part: "[5]", ".x"
  std::string type;  // "float"
  int type_index = -1;
  int depth = 0;           // 0: a variable, 1: a part of one ...
  bool has_parts = false;  // an array, struct or union: can be unfolded
  bool in_scope = true;    // false: it is declared further down
  int declared_line = 0;
  bool is_shared = false;            // one value of the block, not one a lane
  std::uint32_t bytes = 0;           // of the value; 0 where it has none
  LaneMask has_value = 0;            // lanes whose value is known: not optimised away, not before it is computed
  LaneMask changed = 0;              // lanes whose value is not what it was at the moment shown before
  std::vector<std::uint8_t> values;  // (32, bytes)
  std::span<const std::uint8_t> of(int lane) const {
    return std::span(values).subspan(static_cast<std::size_t>(lane) * bytes, bytes);
  }
};
// The variables of the function that the followed warp is in, in the order of their declarations; parts of those whose
// path is in `unfolded` follow them (at most 1,024 parts of one). Empty where the warp has ended or there is no debug
// information.
std::vector<VariableRow> variable_rows(const StepRun& run, const StepMoment& moment,
                                       std::span<const std::string> unfolded = {});
// PTX registers of that function, in the order of their declarations.
std::vector<VariableRow> register_rows(const StepRun& run, const StepMoment& moment);

// A path as a person writes it: "sum", "tile[3][5]", "p.x". The error says what there is.
struct VariablePlace {
  const ptx::VariableInfo* variable = nullptr;  // of the run's debug information
  int type = -1;                                // of the part
  std::uint64_t offset_bytes = 0;               // of the part in the variable
  std::uint64_t bytes = 0;                      // of the part
};
base::Result<VariablePlace> find_variable(const StepRun& run, const StepMoment& moment, std::string_view path);
base::Result<VariablePlace> find_variable(const StepRun& run, const trace::WarpView& view, std::string_view path);
// Where the bytes of a part are, if they are in memory; nullopt: in a register (or nowhere).
std::optional<trace::MemoryPlace> memory_of(const StepRun& run, const StepMoment& moment, const VariablePlace& place,
                                            int lane);

// ---- Values

enum class ValueFormat : std::uint8_t { kNatural, kHex, kBits, kFloat };
// "0.25", "0x3e800000", "true", "'a'". Bits that are not a number of this type as hex.
std::string value_text(const std::vector<ptx::TypeInfo>& types, int type, std::span<const std::uint8_t> bytes,
                       ValueFormat format = ValueFormat::kNatural);
// As a number, for colours; nullopt for structs and what is too wide.
std::optional<double> value_number(const std::vector<ptx::TypeInfo>& types, int type,
                                   std::span<const std::uint8_t> bytes);
// The bytes of a value that a person wrote, of this type.
base::Result<std::vector<std::uint8_t>> parse_value(const std::vector<ptx::TypeInfo>& types, int type,
                                                    std::string_view text);
// The same of one element of a buffer.
std::string element_text(kernels::ElementType type, std::span<const std::uint8_t> bytes, ValueFormat format);
double element_number(kernels::ElementType type, std::span<const std::uint8_t> bytes);
base::Result<std::vector<std::uint8_t>> parse_element(kernels::ElementType type, std::string_view text);

// ---- Memory

// Bytes of the run's device memory at the moment; fewer than asked for at the end of an allocation.
std::vector<std::uint8_t> device_bytes(const StepMoment& moment, std::uint64_t address, std::uint64_t bytes);
// What a 4-byte word of a buffer is at this moment: nobody wrote it yet.
bool is_never_written(const StepBuffer& buffer, std::uint64_t word, trace::Position position);
// Variables of shared memory: name, offset, bytes, shape.
struct SharedVariableRow {
  std::string name;
  std::uint64_t offset = 0, size_bytes = 0;
  kernels::ElementType element = kernels::ElementType::kU32;
  std::vector<std::uint64_t> counts;  // outermost first; empty: not known
};
std::vector<SharedVariableRow> shared_variables(const StepRun& run);

// How an access is split, in numbers people compare.
struct AccessCost {
  int sectors = 0, fewest_sectors = 0;        // of global and local memory
  int lines = 0;                              // of 128 bytes
  int wavefronts = 0, fewest_wavefronts = 0;  // of shared memory
  std::uint64_t bytes_wanted = 0;             // distinct bytes that lanes asked for
};
AccessCost cost_of(const vgpu::Access& access);

}  // namespace warpscope::session
