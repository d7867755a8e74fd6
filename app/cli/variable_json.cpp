#include "app/cli/variable_json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

namespace warpscope::cli {
namespace {

using nlohmann::ordered_json;
using Bytes = std::span<const std::uint8_t>;
using Kind = ptx::TypeInfo::Kind;

std::uint64_t whole(Bytes bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

std::int64_t with_sign(std::uint64_t value, std::size_t bits) {
  if (bits == 0 || bits >= 64) return static_cast<std::int64_t>(value);
  return static_cast<std::int64_t>(value << (64 - bits)) >> (64 - bits);
}

ordered_json json_of_float(Bytes bytes) {
  double value = 0;
  if (bytes.size() == 4) {
    float narrow = 0;
    std::memcpy(&narrow, bytes.data(), 4);
    value = narrow;
  } else if (bytes.size() == 8) {
    std::memcpy(&value, bytes.data(), 8);
  } else {
    return fmt::format("0x{:x}", whole(bytes));
  }
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

ordered_json json_of_whole(Kind kind, std::uint64_t value, std::size_t bits) {
  switch (kind) {
    case Kind::kBool:
      return value != 0;
    case Kind::kSigned:
    case Kind::kChar:
    case Kind::kEnum:
      return with_sign(value, bits);
    default:
      return value;
  }
}

class Values {
 public:
  explicit Values(const std::vector<ptx::TypeInfo>& types) : types_(types) {}

  ordered_json of(int index, Bytes bytes, int depth = 0) const {
    if (index < 0 || static_cast<std::size_t>(index) >= types_.size() || depth > kDeepest) return nullptr;
    const ptx::TypeInfo& type = types_[static_cast<std::size_t>(index)];
    if (bytes.size() < type.size_bytes) return nullptr;
    bytes = bytes.first(type.size_bytes);
    switch (type.kind) {
      case Kind::kFloat:
        return json_of_float(bytes);
      case Kind::kArray:
        return of_array(type, bytes, 0, depth);
      case Kind::kStruct:
      case Kind::kUnion:
        return of_struct(type, bytes, depth);
      case Kind::kBool:
      case Kind::kSigned:
      case Kind::kUnsigned:
      case Kind::kChar:
      case Kind::kEnum:
        return json_of_whole(type.kind, whole(bytes), 8 * bytes.size());
      default:
        return fmt::format("0x{:x}", whole(bytes));
    }
  }

 private:
  static constexpr int kDeepest = 16;  // damaged debug information could nest without end

  ordered_json of_array(const ptx::TypeInfo& type, Bytes bytes, std::size_t dimension, int depth) const {
    ordered_json values = ordered_json::array();
    if (dimension >= type.counts.size() || type.counts[dimension] == 0) return values;
    const std::uint64_t count = type.counts[dimension], each = bytes.size() / count;
    for (std::uint64_t i = 0; i < count && each > 0; ++i) {
      const Bytes part = bytes.subspan(i * each, each);
      values.push_back(dimension + 1 < type.counts.size() ? of_array(type, part, dimension + 1, depth)
                                                          : of(type.element, part, depth + 1));
    }
    return values;
  }

  ordered_json of_struct(const ptx::TypeInfo& type, Bytes bytes, int depth) const {
    ordered_json members = ordered_json::object();
    for (const ptx::Member& member : type.members) {
      if (member.offset_bytes > bytes.size()) continue;
      const Bytes rest = bytes.subspan(member.offset_bytes);
      members[member.name] = member.bit_size > 0 ? of_bits(member, rest) : of(member.type, rest, depth + 1);
    }
    return members;
  }

  ordered_json of_bits(const ptx::Member& member, Bytes bytes) const {
    const auto bits = static_cast<std::size_t>(member.bit_size);
    const std::uint64_t kept = bits >= 64 ? ~0ULL : (1ULL << bits) - 1;
    const std::uint64_t value = whole(bytes) >> member.bit_offset & kept;
    const bool known = member.type >= 0 && static_cast<std::size_t>(member.type) < types_.size();
    return json_of_whole(known ? types_[static_cast<std::size_t>(member.type)].kind : Kind::kUnsigned, value, bits);
  }

  const std::vector<ptx::TypeInfo>& types_;
};

}  // namespace

ordered_json json_of_value(const std::vector<ptx::TypeInfo>& types, int type, std::span<const std::uint8_t> bytes) {
  return Values(types).of(type, bytes);
}

}  // namespace warpscope::cli
