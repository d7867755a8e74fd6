#include "compute/vgpu/observers/source_map.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string_view>
#include <tuple>

namespace warpscope::vgpu {
namespace {

bool is_toolkit_header(std::string_view path) {
  if (path.find("/include/") != path.npos && path.find("cuda") != path.npos) return true;
  const std::string_view name = path.substr(path.find_last_of('/') + 1);
  constexpr std::array<std::string_view, 8> kPrefixes = {
      "sm_", "device_", "cooperative_groups", "cuda_", "math_functions", "texture_", "surface_", "common_functions"};
  const bool is_header = name.ends_with(".h") || name.ends_with(".hpp");
  for (const std::string_view prefix : kPrefixes) {
    if (is_header && name.starts_with(prefix)) return true;
  }
  return false;
}

SourceLine place_of(const ptx::Module& module, const ptx::Function& function, const ptx::Instruction& instruction,
                    bool& is_toolkit) {
  is_toolkit = false;
  const int count = static_cast<int>(function.locs.size());
  SourceLine outermost;
  // A damaged module could chain in a circle: no chain is longer than there are entries.
  for (int at = instruction.loc, steps = 0; at >= 0 && at < count && steps < count; ++steps) {
    const ptx::Loc& loc = function.locs[static_cast<std::size_t>(at)];
    outermost = {std::string(module.file_path(loc.file)), loc.line, loc.column};
    if (!is_toolkit_header(outermost.file)) return outermost;
    at = loc.inlined_at;
  }
  // Where lines are told at all, functions without are the toolkit's.
  is_toolkit = outermost.line > 0 || (!module.files.empty() && !function.is_entry);
  if (outermost.line > 0) return outermost;
  return {module.file, instruction.where.line, instruction.where.column};
}

}  // namespace

std::string SourceLine::text() const {
  if (line == 0) return file.empty() ? "an unknown line" : file;
  return file.empty() ? fmt::format("line {}", line) : fmt::format("{}:{}", file, line);
}

SourceMap::SourceMap(const Program& program) {
  index_.resize(program.code.size(), 0);
  in_toolkit_.resize(program.code.size(), 0);
  std::map<std::tuple<std::string, int, int>, std::uint32_t> known;
  for (Pc pc = 0; pc < index_.size(); ++pc) {
    const ptx::Instruction* instruction = program.source(pc);
    if (instruction == nullptr) continue;
    bool is_toolkit = false;
    SourceLine line = place_of(*program.module, program.source_function(pc), *instruction, is_toolkit);
    in_toolkit_[pc] = is_toolkit ? 1 : 0;
    const auto [found, is_new] =
        known.try_emplace({line.file, line.line, line.column}, static_cast<std::uint32_t>(lines_.size()));
    if (is_new) lines_.push_back(std::move(line));
    index_[pc] = found->second;
  }
}

Pc SourceMap::caller(Pc pc, const Warp& warp) const {
  if (warp.current >= warp.fragments.size()) return pc;
  const std::vector<Frame>& calls = warp.fragments[warp.current].calls;
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
    if (call->call_pc < in_toolkit_.size() && !in_toolkit(call->call_pc)) return call->call_pc;
  }
  return pc;
}

}  // namespace warpscope::vgpu
