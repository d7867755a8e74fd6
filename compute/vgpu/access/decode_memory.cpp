#include <algorithm>
#include <string>

#include "compute/vgpu/access/decode.h"

namespace warpscope::vgpu {
namespace access {
namespace {

using ptx::Modifier;
using ptx::Space;

bool names_shared(const Decoder& decoder, const ptx::Operand& operand) {
  if (operand.kind == ptx::OperandKind::kAddress && operand.base != ptx::AddressBase::kSymbol) return false;
  const auto index = static_cast<std::size_t>(operand.symbol.index);
  if (operand.symbol.kind == ptx::SymbolKind::kModuleVariable) {
    return decoder.module().variables[index].space == Space::kShared;
  }
  return operand.symbol.kind == ptx::SymbolKind::kFunctionVariable &&
         decoder.function().variables[index].space == Space::kShared;
}

Reach reach_of(const Decoder& decoder, const ptx::Operand& operand, Space space, const Decoder::AddressParts& parts) {
  switch (space) {
    case Space::kGlobal:
      return Reach::kGlobal;
    case Space::kConst:
      return Reach::kConstant;
    case Space::kShared:
    case Space::kSharedCluster:
      return Reach::kShared;
    case Space::kLocal:
    case Space::kParamFunc:
      return Reach::kLocal;
    case Space::kParamEntry:
      return Reach::kParameter;
    case Space::kParam:
      return decoder.function().is_entry && !parts.frame_relative ? Reach::kParameter : Reach::kLocal;
    default:
      break;
  }
  // No space is written, and a symbol says which it is.
  if (parts.frame_relative) return Reach::kLocal;
  if (parts.parameter) return Reach::kParameter;
  return names_shared(decoder, operand) ? Reach::kShared : Reach::kGeneric;
}

}  // namespace

std::optional<AddressRow> address_row(Decoder& decoder, const ptx::Instruction& instruction,
                                      const ptx::Operand& operand, Space space) {
  const Decoder::AddressParts parts = decoder.address(operand, space);
  if (parts.base_bytes != 0 && parts.base_bytes != 4 && parts.base_bytes != 8) {
    decoder.refuse(instruction, "an address is a register of 32 or 64 bits");
    return std::nullopt;
  }
  AddressRow row;
  row.reach = reach_of(decoder, operand, space, parts);
  row.frame_relative = parts.frame_relative;
  row.offset = parts.offset;
  row.base_bytes = parts.base_bytes == 4 ? 4 : 8;
  row.base = parts.base_bytes == 0 ? decoder.constant(0, 8) : parts.base;
  return row;
}

bool expect(Decoder& decoder, const ptx::Instruction& instruction, const ptx::Operand& operand, ptx::Type type) {
  const int bits = ptx::bits_of(type);
  const int bytes = type == ptx::Type::kPred ? 0 : std::max(2, bits / 8);
  if (operand.kind == ptx::OperandKind::kSink || decoder.row_bytes(operand, type) == bytes) return true;
  decoder.refuse(instruction, "one of its registers is not as wide as ." + std::string(ptx::name_of(type)) + " is");
  return false;
}

void use_address(const AddressRow& address, MemoryOp& op, Inst& out) {
  op.reach = address.reach;
  op.base_bytes = address.base_bytes;
  op.frame_relative = address.frame_relative;
  out.s[0] = address.base;
  out.imm = address.offset;
}

MemoryOrder order_of(const ptx::Instruction& instruction, MemoryOrder otherwise) {
  static constexpr std::pair<Modifier, MemoryOrder> kOrders[] = {
      {Modifier::kVolatile, MemoryOrder::kVolatile},     {Modifier::kRelaxed, MemoryOrder::kRelaxed},
      {Modifier::kAcquire, MemoryOrder::kAcquire},       {Modifier::kRelease, MemoryOrder::kRelease},
      {Modifier::kAcqRel, MemoryOrder::kAcquireRelease}, {Modifier::kSc, MemoryOrder::kSequential},
      {Modifier::kMmio, MemoryOrder::kRelaxed},          {Modifier::kWeak, MemoryOrder::kWeak}};
  for (const auto& [modifier, order] : kOrders) {
    if (instruction.has(modifier)) return order;
  }
  return otherwise;
}

MemoryScope scope_of(const ptx::Instruction& instruction) {
  if (instruction.has(Modifier::kSys) || instruction.has(Modifier::kVolatile)) return MemoryScope::kSystem;
  // A cluster is one block here.
  if (instruction.has(Modifier::kCta) || instruction.has(Modifier::kCluster)) return MemoryScope::kThreadBlock;
  return MemoryScope::kDevice;
}

}  // namespace access

bool decode_memory(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  using ptx::Opcode;
  switch (instruction.opcode) {
    case Opcode::kLd:
    case Opcode::kLdu:
      access::decode_load(decoder, instruction, out);
      return true;
    case Opcode::kSt:
      access::decode_store(decoder, instruction, out);
      return true;
    case Opcode::kAtom:
    case Opcode::kRed:
      access::decode_atomic(decoder, instruction, out);
      return true;
    case Opcode::kCpAsync:
      access::decode_async_copy(decoder, instruction, out);
      return true;
    case Opcode::kCpAsyncBulk:
      access::decode_bulk_copy(decoder, instruction, out);
      return true;
    case Opcode::kMbarrier:
      access::decode_mbarrier(decoder, instruction, out);
      return true;
    case Opcode::kMembar:
    case Opcode::kFence:
      access::decode_fence(decoder, instruction, out);
      return true;
    case Opcode::kPrefetch:
    case Opcode::kPrefetchu:
    case Opcode::kDiscard:
    case Opcode::kApplypriority:
    case Opcode::kCreatepolicy:
      access::decode_hint(decoder, instruction, out);
      return true;
    case Opcode::kCvta:
      access::decode_convert(decoder, instruction, out);
      return true;
    case Opcode::kIsspacep:
      access::decode_is_space(decoder, instruction, out);
      return true;
    case Opcode::kMapa:
    case Opcode::kGetctarank:
      access::decode_cluster_rank(decoder, instruction, out);
      return true;
    case Opcode::kStAsync:
    case Opcode::kRedAsync:
      decoder.refuse(instruction, "it writes into other blocks of a cluster (needs sm_90); run it on a GPU");
      return true;
    case Opcode::kMultimem:
      decoder.refuse(instruction, "there is one device here, with no others to reach (needs sm_90); run it on a GPU");
      return true;
    case Opcode::kTensormap:
      decoder.refuse(instruction, "tensor maps (TMA, sm_90) are not there yet; run it on a GPU");
      return true;
    case Opcode::kAlloca:
    case Opcode::kStacksave:
    case Opcode::kStackrestore:
      decoder.refuse(instruction, "local memory has a fixed size here; declare a .local array instead");
      return true;
    case Opcode::kIstypep:
      decoder.refuse(instruction, "textures are 64-bit handles without a type here; remove the check");
      return true;
    default:
      return false;
  }
}

bool decode_texture(Decoder& decoder, const ptx::Instruction& instruction, Inst& out) {
  using ptx::Opcode;
  switch (instruction.opcode) {
    case Opcode::kTex:
    case Opcode::kTld4:
      access::decode_tex(decoder, instruction, out);
      return true;
    case Opcode::kTxq:
    case Opcode::kSuq:
      access::decode_texture_query(decoder, instruction, out);
      return true;
    case Opcode::kSuld:
    case Opcode::kSust:
    case Opcode::kSured:
      access::decode_surface(decoder, instruction, out);
      return true;
    default:
      return false;
  }
}

}  // namespace warpscope::vgpu
