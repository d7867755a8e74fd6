// tests/vgpu/lone_instruction.h: one PTX instruction, decoded and executed by itself, with all its state in reach.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "compute/ptx/parser.h"
#include "compute/vgpu/aligned_bytes.h"
#include "compute/vgpu/exec.h"
#include "compute/vgpu/machine.h"

namespace warpscope::tests {

class LoneInstruction {
 public:
  // `registers`: declarations such as ".reg .u32 %v;". The instruction is the first of an entry without parameters.
  LoneInstruction(const std::string& registers, const std::string& instruction, const std::string& target = "sm_90") {
    const std::string text = ".version 8.6\n.target " + target + "\n.address_size 64\n.visible .entry k()\n{\n" +
                             registers + "\n" + instruction + "\nret;\n}\n";
    auto module = ptx::parse(text, "lone.ptx");
    if (!module) {
      problem = module.error().front().text();
      return;
    }
    auto loaded = vgpu::Program::load(std::make_shared<const ptx::Module>(std::move(*module)), memory);
    if (!loaded) {
      problem = loaded.error().front().text();
      return;
    }
    context.program = *loaded;
    context.textures = &textures;
    const auto refused = program().refusals(0);
    if (!refused.empty()) problem = refused.front().message;
    make_rows();
    share();
  }

  const vgpu::Program& program() const { return *context.program; }
  const vgpu::Inst& inst() const { return program().code.front(); }

  // 32 values of a register, lane 0 first.
  template <class T>
  T* row(const std::string& name) {
    const auto& registers = program().module->functions.front().registers;
    for (std::size_t i = 0; i < registers.size(); ++i) {
      if (registers[i].name == name) return exec.row<T>(program().functions.front().registers[i]);
    }
    ADD_FAILURE() << "there is no register " << name;
    return reinterpret_cast<T*>(frame_.data());
  }

  void run(vgpu::LaneMask mask = base::kAllLanes) {
    exec.mask = mask;
    for (int lane = 0; lane < base::kWarpSize; ++lane) exec.lane_on[lane] = (mask >> lane & 1U) != 0 ? -1 : 0;
    exec.trouble = vgpu::Trouble();
    if (exec.log != nullptr) exec.log->count = 0;
    (mask == base::kAllLanes ? inst().full : inst().masked)(exec, inst());
  }

  std::uint64_t allocate(std::uint64_t bytes, vgpu::AllocationKind kind = vgpu::AllocationKind::kBuffer) {
    return memory.allocate(bytes, kind).value();
  }
  void watch() { exec.log = &log; }
  void fault(vgpu::FaultKind kind, int lane, std::uint64_t address, std::uint32_t bytes, bool store) const {
    ASSERT_TRUE(exec.trouble.raised);
    EXPECT_EQ(exec.trouble.kind, static_cast<std::uint8_t>(kind));
    EXPECT_EQ(int{exec.trouble.lane}, lane);
    EXPECT_EQ(exec.trouble.address, address);
    EXPECT_EQ(exec.trouble.bytes, bytes);
    EXPECT_EQ(exec.trouble.store, store);
  }

  std::string problem;  // why the instruction was refused; "": it was not
  vgpu::GlobalMemory memory;
  vgpu::TextureTable textures;
  vgpu::LaunchContext context;
  vgpu::Warp warp;
  vgpu::AlignedBytes shared = vgpu::AlignedBytes(1000);
  std::vector<std::uint32_t> local = std::vector<std::uint32_t>(32 * 25);  // 100 bytes a lane
  std::vector<std::uint8_t> parameters = std::vector<std::uint8_t>(64);
  vgpu::AccessLog log;
  vgpu::Exec exec;

 private:
  void make_rows() {
    frame_.resize(program().functions.front().frame_bytes + 1024);
    constants_.resize(program().constant_bytes + 1024);
    for (const vgpu::ConstantRow& row : program().constants) {
      for (std::size_t lane = 0; lane < 32 && row.bytes > 0; ++lane) {
        std::memcpy(constants_.data() + row.offset + lane * row.bytes, &row.bits, row.bytes);
      }
    }
  }
  void share() {
    exec.set_rows(constants_.data(), frame_.data());
    exec.warp = &warp;
    exec.memory = &memory;
    exec.launch = &context;
    exec.shared = shared.data();
    exec.shared_bytes = static_cast<std::uint32_t>(shared.size());
    exec.local = local.data();
    exec.local_bytes = 100;
    exec.parameters = parameters.data();
    exec.parameter_bytes = static_cast<std::uint32_t>(parameters.size());
  }

  vgpu::AlignedBytes frame_, constants_;
};

}  // namespace warpscope::tests
