#include "compute/ptx/types.h"

#include <array>
#include <string>
#include <unordered_map>

namespace warpscope::ptx {
namespace {

using namespace std::string_view_literals;

struct TypeRow {
  Type type;
  std::string_view name;
  int bits;
};

constexpr std::array kTypes = {
    TypeRow{Type::kNone, "", 0},
    TypeRow{Type::kB1, "b1", 1},
    TypeRow{Type::kB8, "b8", 8},
    TypeRow{Type::kB16, "b16", 16},
    TypeRow{Type::kB32, "b32", 32},
    TypeRow{Type::kB64, "b64", 64},
    TypeRow{Type::kB128, "b128", 128},
    TypeRow{Type::kU4, "u4", 4},
    TypeRow{Type::kU8, "u8", 8},
    TypeRow{Type::kU16, "u16", 16},
    TypeRow{Type::kU32, "u32", 32},
    TypeRow{Type::kU64, "u64", 64},
    TypeRow{Type::kS4, "s4", 4},
    TypeRow{Type::kS8, "s8", 8},
    TypeRow{Type::kS16, "s16", 16},
    TypeRow{Type::kS32, "s32", 32},
    TypeRow{Type::kS64, "s64", 64},
    TypeRow{Type::kF16, "f16", 16},
    TypeRow{Type::kBF16, "bf16", 16},
    TypeRow{Type::kTF32, "tf32", 32},
    TypeRow{Type::kF32, "f32", 32},
    TypeRow{Type::kF64, "f64", 64},
    TypeRow{Type::kF16x2, "f16x2", 32},
    TypeRow{Type::kBF16x2, "bf16x2", 32},
    TypeRow{Type::kU16x2, "u16x2", 32},
    TypeRow{Type::kS16x2, "s16x2", 32},
    TypeRow{Type::kF32x2, "f32x2", 64},
    TypeRow{Type::kE4M3, "e4m3", 8},
    TypeRow{Type::kE5M2, "e5m2", 8},
    TypeRow{Type::kE4M3x2, "e4m3x2", 16},
    TypeRow{Type::kE5M2x2, "e5m2x2", 16},
    TypeRow{Type::kE4M3x4, "e4m3x4", 32},
    TypeRow{Type::kE5M2x4, "e5m2x4", 32},
    TypeRow{Type::kE2M1, "e2m1", 4},
    TypeRow{Type::kE2M3, "e2m3", 6},
    TypeRow{Type::kE3M2, "e3m2", 6},
    TypeRow{Type::kE2M1x2, "e2m1x2", 8},
    TypeRow{Type::kE2M3x2, "e2m3x2", 16},
    TypeRow{Type::kE3M2x2, "e3m2x2", 16},
    TypeRow{Type::kE2M1x4, "e2m1x4", 16},
    TypeRow{Type::kE2M3x4, "e2m3x4", 32},
    TypeRow{Type::kE3M2x4, "e3m2x4", 32},
    TypeRow{Type::kUE4M3, "ue4m3", 8},
    TypeRow{Type::kUE8M0, "ue8m0", 8},
    TypeRow{Type::kUE8M0x2, "ue8m0x2", 16},
    TypeRow{Type::kPred, "pred", 1},
    TypeRow{Type::kTexref, "texref", 0},
    TypeRow{Type::kSamplerref, "samplerref", 0},
    TypeRow{Type::kSurfref, "surfref", 0},
};

constexpr bool rows_follow_the_enumeration() {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (static_cast<std::size_t>(kTypes[i].type) != i) return false;
  }
  return kTypes.size() == static_cast<std::size_t>(Type::kSurfref) + 1;
}
static_assert(rows_follow_the_enumeration());

constexpr std::array<std::string_view, 9> kSpaces = {"",      "reg",    "const",           "global",     "local",
                                                     "param", "shared", "shared::cluster", "param::func"};

// In the order of SpecialRegister, up to the numbered ones.
constexpr std::array kSpecials = {
    "%tid.x"sv,
    "%tid.y"sv,
    "%tid.z"sv,
    "%ntid.x"sv,
    "%ntid.y"sv,
    "%ntid.z"sv,
    "%ctaid.x"sv,
    "%ctaid.y"sv,
    "%ctaid.z"sv,
    "%nctaid.x"sv,
    "%nctaid.y"sv,
    "%nctaid.z"sv,
    "%laneid"sv,
    "%warpid"sv,
    "%nwarpid"sv,
    "%smid"sv,
    "%nsmid"sv,
    "%gridid"sv,
    "%lanemask_eq"sv,
    "%lanemask_le"sv,
    "%lanemask_lt"sv,
    "%lanemask_ge"sv,
    "%lanemask_gt"sv,
    "%clock"sv,
    "%clock_hi"sv,
    "%clock64"sv,
    "%globaltimer"sv,
    "%globaltimer_lo"sv,
    "%globaltimer_hi"sv,
    "%total_smem_size"sv,
    "%dynamic_smem_size"sv,
    "%aggr_smem_size"sv,
    "%current_graph_exec"sv,
    "%is_explicit_cluster"sv,
    "%clusterid.x"sv,
    "%clusterid.y"sv,
    "%clusterid.z"sv,
    "%nclusterid.x"sv,
    "%nclusterid.y"sv,
    "%nclusterid.z"sv,
    "%cluster_ctaid.x"sv,
    "%cluster_ctaid.y"sv,
    "%cluster_ctaid.z"sv,
    "%cluster_nctaid.x"sv,
    "%cluster_nctaid.y"sv,
    "%cluster_nctaid.z"sv,
    "%cluster_ctarank"sv,
    "%cluster_nctarank"sv,
    "%reserved_smem_offset_begin"sv,
    "%reserved_smem_offset_end"sv,
    "%reserved_smem_offset_cap"sv,
    "%reserved_smem_offset_0"sv,
    "%reserved_smem_offset_1"sv,
};
static_assert(kSpecials.size() == static_cast<std::size_t>(SpecialRegister::kEnvreg0));

// All names by the number of the register, %envreg0 and the like written out.
const std::array<std::string, static_cast<std::size_t>(SpecialRegister::kPm7Wide) + 1>& special_names() {
  static const auto kNames = [] {
    std::array<std::string, static_cast<std::size_t>(SpecialRegister::kPm7Wide) + 1> names;
    std::size_t next = 0;
    for (const std::string_view name : kSpecials) names[next++] = name;
    for (int i = 0; i < 32; ++i) names[next++] = "%envreg" + std::to_string(i);
    for (int i = 0; i < 8; ++i) names[next++] = "%pm" + std::to_string(i);
    for (int i = 0; i < 8; ++i) names[next++] = "%pm" + std::to_string(i) + "_64";
    return names;
  }();
  return kNames;
}

}  // namespace

int bits_of(Type type) {
  return kTypes[static_cast<std::size_t>(type)].bits;
}

bool is_float(Type type) {
  switch (type) {
    case Type::kF16:
    case Type::kBF16:
    case Type::kTF32:
    case Type::kF32:
    case Type::kF64:
    case Type::kF16x2:
    case Type::kBF16x2:
    case Type::kF32x2:
      return true;
    default:
      return type >= Type::kE4M3 && type <= Type::kUE8M0x2;
  }
}

bool is_signed(Type type) {
  return (type >= Type::kS4 && type <= Type::kS64) || type == Type::kS16x2;
}

bool is_unsigned(Type type) {
  return (type >= Type::kU4 && type <= Type::kU64) || type == Type::kU16x2;
}

std::string_view name_of(Type type) {
  return kTypes[static_cast<std::size_t>(type)].name;
}

std::optional<Type> find_type(std::string_view name) {
  static const auto kByName = [] {
    std::unordered_map<std::string_view, Type> by_name;
    for (const TypeRow& row : kTypes) {
      if (!row.name.empty()) by_name.emplace(row.name, row.type);
    }
    return by_name;
  }();
  const auto found = kByName.find(name);
  if (found == kByName.end()) return std::nullopt;
  return found->second;
}

std::string_view name_of(Space space) {
  return space == Space::kParamEntry ? "param::entry" : kSpaces[static_cast<std::size_t>(space)];
}

std::string_view name_of(SpecialRegister special) {
  return special_names()[static_cast<std::size_t>(special)];
}

std::optional<SpecialRegister> find_special(std::string_view name) {
  static const auto kByName = [] {
    std::unordered_map<std::string_view, SpecialRegister> by_name;
    const auto& names = special_names();
    for (std::size_t i = 0; i < names.size(); ++i) by_name.emplace(names[i], static_cast<SpecialRegister>(i));
    return by_name;
  }();
  const auto found = kByName.find(name);
  if (found == kByName.end()) return std::nullopt;
  return found->second;
}

Type type_of(SpecialRegister special) {
  switch (special) {
    case SpecialRegister::kClock64:
    case SpecialRegister::kGlobaltimer:
    case SpecialRegister::kGridid:
    case SpecialRegister::kCurrentGraphExec:
      return Type::kU64;
    case SpecialRegister::kIsExplicitCluster:
      return Type::kPred;
    default:
      return special >= SpecialRegister::kPm0Wide ? Type::kU64 : Type::kU32;
  }
}

}  // namespace warpscope::ptx
