// vgpu/access/decode.h: the parts of decode_memory() and decode_texture(). Floor 2.
// Each fills in `out` or refuses the instruction.
#pragma once

#include <optional>

#include "compute/vgpu/access/memory_op.h"
#include "compute/vgpu/decoder.h"

namespace warpscope::vgpu::access {

void decode_load(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_store(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_atomic(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_async_copy(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_bulk_copy(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_mbarrier(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
// cp.async.mbarrier.arrive.noinc, which is an arrival of one.
void decode_mbarrier_arrival(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_fence(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_hint(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);     // prefetch, discard, ...
void decode_convert(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);  // cvta
void decode_is_space(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_cluster_rank(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);  // mapa, getctarank

void decode_tex(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_texture_query(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);
void decode_surface(Decoder& decoder, const ptx::Instruction& instruction, Inst& out);

// ---- What they share

// The operand at `index`, or null.
inline const ptx::Operand* operand_at(const ptx::Instruction& instruction, std::size_t index) {
  return index < instruction.operands.size() ? &instruction.operands[index] : nullptr;
}

// An address row that exists whatever the operand is: constants have a row of zeros.
struct AddressRow {
  Reach reach = Reach::kGeneric;
  RowRef base;
  std::uint8_t base_bytes = 8;
  bool frame_relative = false;
  std::int64_t offset = 0;
};
// Empty: it was refused.
std::optional<AddressRow> address_row(Decoder& decoder, const ptx::Instruction& instruction,
                                      const ptx::Operand& operand, ptx::Space space);
// Whether an operand is as wide as `type`; refuses the instruction where it is not. Handlers rely on it: rows of
// another width would be read beyond their ends.
bool expect(Decoder& decoder, const ptx::Instruction& instruction, const ptx::Operand& operand, ptx::Type type);

// Puts it where handlers expect it: s[0], imm and the MemoryOp.
void use_address(const AddressRow& address, MemoryOp& op, Inst& out);

MemoryOrder order_of(const ptx::Instruction& instruction, MemoryOrder otherwise);
MemoryScope scope_of(const ptx::Instruction& instruction);

}  // namespace warpscope::vgpu::access
