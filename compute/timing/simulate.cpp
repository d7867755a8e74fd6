#include "compute/timing/simulate.h"

#include "compute/timing/simulation.h"

namespace warpscope::timing {

base::Result<SimulateResult> simulate(const std::shared_ptr<const vgpu::Program>& program, vgpu::Launch launch,
                                      vgpu::GlobalMemory& memory, vgpu::TextureTable& textures,
                                      const SimulateOptions& options) {
  launch.multiprocessors = static_cast<std::uint32_t>(options.gpu.sms());
  auto simulation = Simulation::create(program, std::move(launch), memory, textures, options);
  if (!simulation) return tl::unexpected(simulation.error());
  const base::Result<void> done = (*simulation)->run();
  (*simulation)->give_back(memory, textures);
  if (!done) return tl::unexpected(done.error());
  return (*simulation)->result();
}

}  // namespace warpscope::timing
