// panels/step_shared.h: the parts of the panel of shared memory. Floor 7, GUI thread.
#pragma once

#include "app/panels/step_memory.h"

namespace warpscope::panels {

// Reads the followed block's shared memory into ui.step.memory.shared where it is not of this view yet.
void refresh_shared(const Frame& f);

// The step that wrote a word last; nullopt: nobody did.
std::optional<std::uint64_t> last_write(const Frame& f, std::uint64_t word);
// Words of the variable's type at a word: what is shown and edited there.
MemoryCell shared_cell(const Frame& f, std::uint64_t word);
std::optional<float> shared_number(const Frame& f, std::uint64_t word);

void draw_shared_cells(const Frame& f, const scene::SharedLayout& layout);
void draw_shared_banks(const Frame& f, const scene::SharedLayout& layout);

}  // namespace warpscope::panels
