#include "compute/trace/places.h"

#include <algorithm>

namespace warpscope::trace {
namespace {

using ptx::Space;

const vgpu::FunctionCode& code_of(const WarpView& view) {
  return view.program->functions[static_cast<std::size_t>(view.function())];
}

const ptx::Function& function_of(const WarpView& view) {
  return view.program->module->functions[static_cast<std::size_t>(view.function())];
}

std::uint64_t local_base(const WarpView& view) {
  return view.fragment->calls.empty() ? 0 : view.fragment->calls.back().local_base;
}

bool is_local(Space space) {
  return space == Space::kLocal || space == Space::kParam || space == Space::kParamFunc;
}

}  // namespace

std::optional<SymbolPlace> place_of_symbol(const WarpView& view, const ptx::SymbolRef& symbol) {
  const vgpu::FunctionCode& code = code_of(view);
  const ptx::Function& function = function_of(view);
  const auto index = static_cast<std::size_t>(symbol.index);
  switch (symbol.kind) {
    case ptx::SymbolKind::kModuleVariable:
      if (index >= view.program->variable_addresses.size()) return std::nullopt;
      return SymbolPlace{view.program->module->variables[index].space, view.program->variable_addresses[index]};
    case ptx::SymbolKind::kFunctionVariable: {
      if (index >= code.variable_offsets.size()) return std::nullopt;
      const Space space = function.variables[index].space;
      if (is_local(space)) return SymbolPlace{Space::kLocal, local_base(view) + code.variable_offsets[index]};
      return SymbolPlace{space, code.variable_offsets[index]};
    }
    case ptx::SymbolKind::kParameter: {
      if (index >= code.parameter_offsets.size()) return std::nullopt;
      const std::uint64_t offset = code.parameter_offsets[index];
      return function.is_entry ? SymbolPlace{Space::kParam, offset}
                               : SymbolPlace{Space::kLocal, local_base(view) + offset};
    }
    default:
      return std::nullopt;
  }
}

std::optional<RegisterPlace> place_of_register(const WarpView& view, int reg) {
  const auto index = static_cast<std::size_t>(reg);
  const auto& declared = function_of(view).registers;
  const auto& rows = code_of(view).registers;
  if (index >= declared.size() || index >= rows.size()) return std::nullopt;
  const ptx::Type type = declared[index].type;
  const int bytes = type == ptx::Type::kPred ? 0 : std::clamp(ptx::bits_of(type) / 8, 2, 16);
  const std::size_t frame =
      view.fragment->calls.empty() ? view.program->constant_bytes : view.fragment->calls.back().register_base;
  const RegisterPlace place{frame + rows[index].offset(), static_cast<std::size_t>(bytes)};
  const std::size_t row_bytes = bytes == 0 ? sizeof(LaneMask) : place.bytes * base::kWarpSize;
  if (place.offset + row_bytes > view.warp->rows.size()) return std::nullopt;
  return place;
}

const ptx::VariablePlace* present_place(const WarpView& view, const ptx::VariableInfo& variable) {
  const int pc = view.instruction();
  const auto found = std::find_if(variable.places.begin(), variable.places.end(),
                                  [pc](const ptx::VariablePlace& p) { return p.lo <= pc && pc < p.hi; });
  return found != variable.places.end() ? &*found : nullptr;
}

}  // namespace warpscope::trace
