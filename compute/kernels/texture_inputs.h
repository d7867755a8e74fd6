// kernels/texture_inputs.h: what the readers of buffers and of textures share. Floor 4. Pure
// functions.
#pragma once

#include <span>
#include <string>

#include "compute/kernels/inputs.h"

namespace warpscope::kernels {

// At least one part; empty ones are kept.
std::vector<std::string_view> split(std::string_view text, char separator);
base::Result<ElementType> element_type(std::string_view name);
base::Result<std::vector<std::uint8_t>> read_input_file(const std::string& path);
// `how` is what stands behind the count: {"rand", "1"}. Not empty.
base::Result<std::vector<std::uint8_t>> make_contents(ElementType type, std::uint64_t count,
                                                      std::span<const std::string_view> how);
// {"tex" or "surf", "64x64", "f32x4", "rand", "1", "linear", ...}
base::Result<Argument> parse_texture(std::span<const std::string_view> parts);

}  // namespace warpscope::kernels
