// vgpu/warp_ops/operands.h: operands of an instruction as rows, with their number and widths checked. Floor 2.
// A row that is narrower than its handler believes would be written past its end, so what PTX text says is never
// trusted.
#pragma once

#include <cstddef>
#include <string>

#include "compute/vgpu/decoder.h"

namespace warpscope::vgpu::warp_ops {

class Operands {
 public:
  Operands(Decoder& decoder, const ptx::Instruction& instruction) : decoder_(decoder), instruction_(instruction) {}

  // Refuses the instruction where it has another number of operands.
  bool expect(std::size_t count);
  const ptx::Operand& at(std::size_t index) const { return instruction_.operands[index]; }
  std::size_t count() const { return instruction_.operands.size(); }

  // The row of a source or destination whose values have the size of `type`; refuses other registers.
  RowRef from(const ptx::Operand& operand, ptx::Type type);
  RowRef to(const ptx::Operand& operand, ptx::Type type);

  void refuse(std::string why);
  bool refused() const { return refused_; }

 private:
  bool fits(const ptx::Operand& operand, ptx::Type type);

  Decoder& decoder_;
  const ptx::Instruction& instruction_;
  bool refused_ = false;
};

}  // namespace warpscope::vgpu::warp_ops
