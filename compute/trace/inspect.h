// trace/inspect.h: what a paused machine holds, by the names people gave it. Floor 3. Pure functions of a state.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "compute/ptx/debug_info.h"
#include "compute/trace/step_record.h"
#include "compute/vgpu/machine.h"

namespace warpscope::trace {

// A warp that has been started and has not ended, with the lanes of it that are together at one place.
struct WarpView {
  const vgpu::Program* program = nullptr;
  const vgpu::Launch* launch = nullptr;
  const vgpu::MachineState* state = nullptr;
  const vgpu::Block* block = nullptr;
  const vgpu::Warp* warp = nullptr;
  const vgpu::Fragment* fragment = nullptr;

  Pc pc() const { return fragment->pc; }
  LaneMask active() const { return fragment->mask; }
  // Index into Module::functions, and of the next instruction within it.
  int function() const { return program->function_of[pc()]; }
  int instruction() const { return static_cast<int>(program->source_of[pc()]); }
};

// A warp of a state; its lanes that run next, or else that are first in its list. nullopt: its block has not been
// started or is gone, or all its threads have exited.
std::optional<WarpView> find_warp(const vgpu::Program& program, const vgpu::Launch& launch,
                                  const vgpu::MachineState& state, WarpIndex warp);

// Bytes that a lane would read at an address of a space (generic ones go where they point); empty where it could not.
std::vector<std::uint8_t> read_memory(const WarpView& view, int lane, ptx::Space space, std::uint64_t address,
                                      std::uint64_t bytes);

// A register of the function that runs; of one wider than 64 bits the low half. Predicates are 0 or 1.
std::uint64_t read_register(const WarpView& view, int lane, int reg);

// The bytes of a variable as it is now, as many as its type has; empty: it has no value here (optimised away, or not
// yet computed).
std::vector<std::uint8_t> read_variable(const WarpView& view, int lane, const ptx::VariableInfo& variable,
                                        const ptx::TypeInfo& type);

// Where a variable's bytes are in memory; nullopt: in a register, or nowhere.
struct VariableMemory {
  ptx::Space space = ptx::Space::kGeneric;  // kGlobal, kConst, kShared, kLocal or kParam
  std::uint64_t address = 0;                // there
};
std::optional<VariableMemory> find_memory(const WarpView& view, int lane, const ptx::VariableInfo& variable);

}  // namespace warpscope::trace
