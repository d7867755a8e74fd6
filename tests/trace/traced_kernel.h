// tests/trace/traced_kernel.h: small kernels with something of everything, and timelines of them.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "compute/ptx/parser.h"
#include "compute/trace/timeline.h"

namespace warpscope::trace::tests {

// Each thread adds up its number once for each of its lane; through shared memory and a function to out[thread of the
// grid]; and counts itself.
inline const std::string kLoops =
    ".version 7.0\n.target sm_70\n.address_size 64\n.global .align 4 .u32 counter;\n"
    ".func (.param .b32 r) twice(.param .b32 x) {\n.reg .b32 %r<4>;\nld.param.u32 %r1, [x];\nshl.b32 %r2, %r1, 1;\n"
    "st.param.b32 [r], %r2;\nret;\n}\n"
    ".visible .entry k(.param .u64 out) {\n.reg .b32 %r<20>; .reg .b64 %rd<8>; .reg .pred %p<4>;\n"
    ".shared .align 4 .b8 tile[1024];\n"
    "mov.u32 %r1, %tid.x;\nmov.u32 %r2, %laneid;\nmov.u32 %r3, 0;\nmov.u32 %r4, 0;\n"
    "LOOP:\nsetp.ge.u32 %p1, %r4, %r2;\n@%p1 bra OUT;\nadd.u32 %r3, %r3, %r1;\nadd.u32 %r4, %r4, 1;\nbra LOOP;\n"
    "OUT:\nmov.u32 %r5, tile;\nshl.b32 %r6, %r1, 2;\nadd.u32 %r6, %r5, %r6;\nst.shared.u32 [%r6], %r3;\nbar.sync 0;\n"
    "ld.shared.u32 %r7, [%r6];\n{\n.param .b32 p;\n.param .b32 q;\nst.param.b32 [p], %r7;\ncall.uni (q), twice, (p);\n"
    "ld.param.b32 %r8, [q];\n}\nld.param.u64 %rd1, [out];\nmov.u32 %r9, %ctaid.x;\nmov.u32 %r10, %ntid.x;\n"
    "mad.lo.u32 %r9, %r9, %r10, %r1;\nmul.wide.u32 %rd2, %r9, 4;\nadd.u64 %rd1, %rd1, %rd2;\n"
    "st.global.u32 [%rd1], %r8;\nmov.u64 %rd3, counter;\natom.global.add.u32 %r11, [%rd3], 1;\nret;\n}\n";

inline const std::string kFaulty =
    ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry k(.param .u64 out) {\n.reg .b64 %rd<4>;\n"
    "ld.param.u64 %rd1, [out];\nst.global.u64 [%rd1], 5;\nst.global.u64 [%rd1+-8], 6;\nret;\n}\n";

inline const std::string kEndless =
    ".version 7.0\n.target sm_70\n.address_size 64\n.visible .entry k(.param .u64 out) {\n.reg .b32 %r<2>;\n"
    "L:\nadd.u32 %r1, %r1, 1;\nbra L;\n}\n";

struct Loaded {
  std::shared_ptr<const vgpu::Program> program;
  vgpu::GlobalMemory memory;
};
inline Loaded load(const std::string& text) {
  Loaded loaded;
  auto module = ptx::parse(text, "test.ptx");
  EXPECT_TRUE(module.has_value()) << (module ? "" : module.error().front().text());
  auto program = vgpu::Program::load(std::make_shared<const ptx::Module>(std::move(*module)), loaded.memory);
  EXPECT_TRUE(program.has_value());
  loaded.program = *program;
  return loaded;
}

inline vgpu::Launch launch_of(Loaded& loaded, base::Dim3 grid, base::Dim3 block) {
  vgpu::Launch launch;
  launch.function = loaded.program->find_function("k");
  launch.grid = grid;
  launch.block = block;
  const std::uint64_t out =
      *loaded.memory.allocate(4 * grid.count() * block.count(), vgpu::AllocationKind::kBuffer, "out");
  launch.parameters.resize(8);
  std::memcpy(launch.parameters.data(), &out, 8);
  return launch;
}

inline vgpu::Machine machine_of(const std::string& text, base::Dim3 grid, base::Dim3 block) {
  Loaded loaded = load(text);
  const vgpu::Launch launch = launch_of(loaded, grid, block);
  return *vgpu::Machine::create(loaded.program, launch, loaded.memory);
}

inline Timeline traced(const std::string& text, base::Dim3 grid, base::Dim3 block, TimelineOptions options = {}) {
  Loaded loaded = load(text);
  const vgpu::Launch launch = launch_of(loaded, grid, block);
  return *Timeline::create(loaded.program, launch, loaded.memory, {}, std::move(options));
}

}  // namespace warpscope::trace::tests
