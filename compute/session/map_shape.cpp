// A kernel's launch with another block: as its own rule says, or as its text allows.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compute/session/map_code.h"

namespace warpscope::session {
namespace {

using base::Dim3;
using ptx::SpecialRegister;

std::string text_of(const Dim3& d) {
  return d.z > 1   ? fmt::format("{} x {} x {}", d.x, d.y, d.z)
         : d.y > 1 ? fmt::format("{} x {}", d.x, d.y)
                   : fmt::format("{}", d.x);
}

// Functions it may call, itself among them; all of the module where it calls one by its address.
std::set<std::size_t> reachable(const ptx::Module& module, std::size_t entry) {
  std::set<std::size_t> found{entry};
  std::vector<std::size_t> open{entry};
  const auto add = [&](std::size_t index) {
    if (index < module.functions.size() && found.insert(index).second) open.push_back(index);
  };
  const auto look = [&](const ptx::Operand& operand, const auto& self) -> void {
    if (operand.symbol.kind == ptx::SymbolKind::kFunction && operand.kind == ptx::OperandKind::kSymbol) {
      add(static_cast<std::size_t>(operand.symbol.index));
    }
    for (const ptx::Operand& part : operand.list) self(part, self);
  };
  while (!open.empty()) {
    const ptx::Function& function = module.functions[open.back()];
    open.pop_back();
    for (const ptx::Instruction& instruction : function.instructions) {
      for (const ptx::Operand& operand : instruction.operands) look(operand, look);
    }
  }
  return found;
}

bool mentions(const ptx::Operand& operand, SpecialRegister special) {
  if (operand.kind == ptx::OperandKind::kSpecial && operand.special == special) return true;
  return std::any_of(operand.list.begin(), operand.list.end(),
                     [special](const ptx::Operand& part) { return mentions(part, special); });
}

bool reads(const ptx::Function& function, SpecialRegister special) {
  return std::any_of(function.instructions.begin(), function.instructions.end(), [&](const ptx::Instruction& each) {
    return std::any_of(each.operands.begin(), each.operands.end(),
                       [special](const ptx::Operand& operand) { return mentions(operand, special); });
  });
}

// With as many threads in all, in blocks as wide as that.
void widen(MapShape& shape, std::uint32_t threads) {
  const std::uint64_t all = std::uint64_t{shape.grid.x} * shape.block.x;
  // What an extern array takes is mostly so much a thread.
  if (shape.dynamic_shared % shape.block.x == 0) shape.dynamic_shared = shape.dynamic_shared / shape.block.x * threads;
  shape.grid.x = static_cast<std::uint32_t>((all + threads - 1) / threads);
  shape.block = {threads, 1, 1};
}

void shape_by_rule(const MapCode& code, MapShape& shape, const std::optional<int>& threads) {
  const auto own = static_cast<int>(shape.block.count());
  if (code.map->rule == kernels::BlockRule::kFixed) {
    // It says so before anybody asks for another.
    const int another = own == gpu::kWarpSize ? 2 * own : own / 2;
    (void)kernels::shape_for(*code.map, threads.value_or(own) == own ? another : *threads, shape.block_note);
    return;
  }
  if (!threads) return;
  const auto wanted = kernels::shape_for(*code.map, *threads, shape.block_note);
  if (!wanted) return;
  shape.block_note.clear();
  shape.grid = wanted->grid;
  shape.block = wanted->block;
  shape.dynamic_shared = wanted->dynamic_shared_bytes;
}

void shape_by_text(const MapCode& code, MapShape& shape, const std::optional<int>& threads) {
  shape.block_note = why_block_is_fixed(*code.module, code.entry, shape.block);
  if (!threads || *threads == static_cast<int>(shape.block.count()) || !shape.block_note.empty()) return;
  if (*threads < 1 || *threads > gpu::kMaxBlockThreads) {
    shape.block_note = fmt::format("A block has 1 to {} threads, not {}.", gpu::kMaxBlockThreads, *threads);
    return;
  }
  widen(shape, static_cast<std::uint32_t>(*threads));
}

}  // namespace

std::string why_block_is_fixed(const ptx::Module& module, const std::string& entry, const Dim3& block) {
  const ptx::Function* const function = module.find_function(entry);
  if (function == nullptr) return fmt::format("There is no kernel '{}'.", entry);
  if (block.y > 1 || block.z > 1) {
    return fmt::format(
        "Its blocks of {} threads have rows: nothing says what another number of threads would look like.",
        text_of(block));
  }
  if (function->required_threads) {
    return fmt::format("It is compiled for blocks of {} threads (__launch_bounds__ or .reqntid).",
                       text_of(*function->required_threads));
  }
  const auto index = static_cast<std::size_t>(function - module.functions.data());
  bool width = false;
  for (const std::size_t each : reachable(module, index)) {
    const ptx::Function& one = module.functions[each];
    width = width || reads(one, SpecialRegister::kNtidX);
    if (reads(one, SpecialRegister::kNtidY) || reads(one, SpecialRegister::kNtidZ)) {
      return "It asks for its block's height too (blockDim.y or .z): a wider block alone would not do.";
    }
  }
  if (width) return {};
  return fmt::format("It never asks how wide its block is (blockDim.x): it is written for {} threads.", block.x);
}

MapShape shape_of(const MapCode& code, const std::optional<Dim3>& grid, const std::optional<int>& block_threads) {
  MapShape shape{code.launch.grid, code.launch.block, code.launch.dynamic_shared_bytes, ""};
  code.map != nullptr ? shape_by_rule(code, shape, block_threads) : shape_by_text(code, shape, block_threads);
  if (grid) shape.grid = *grid;
  return shape;
}

}  // namespace warpscope::session
