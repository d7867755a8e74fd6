#include "tests/vgpu/opcode_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace warpscope::tests {
namespace {

// ---- Numbers of every type as doubles, which hold them all but 64-bit integers

double small_float(std::uint64_t bits, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const auto mantissa = static_cast<double>(bits & ((1U << mantissa_bits) - 1));
  const int biased = static_cast<int>(bits >> mantissa_bits & ((1U << exponent_bits) - 1));
  const double sign = (bits >> (exponent_bits + mantissa_bits) & 1) != 0 ? -1.0 : 1.0;
  if (biased == (1 << exponent_bits) - 1) return mantissa == 0 ? sign * INFINITY : NAN;
  const double whole = biased == 0 ? mantissa : mantissa + std::ldexp(1.0, mantissa_bits);
  return sign * std::ldexp(whole, std::max(biased, 1) - bias - mantissa_bits);
}

double number_of(const ValueType& type, std::uint64_t bits) {
  switch (type.kind) {
    case ValueKind::kHalf:
      return small_float(bits, 5, 10);
    case ValueKind::kBfloat:
      return small_float(bits, 8, 7);
    case ValueKind::kFloat:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case ValueKind::kDouble:
      return std::bit_cast<double>(bits);
    case ValueKind::kInteger:
      break;
  }
  const int unused = 64 - 8 * type.bytes;
  if (type.is_signed) return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
  return static_cast<double>(bits << unused >> unused);
}

// The nearest number of a 16-bit format, by looking at all of them; ties to even.
std::uint64_t nearest_16(double value, const ValueType& type) {
  const std::uint64_t infinity = type.kind == ValueKind::kHalf ? 0x7c00 : 0x7f80;
  const std::uint64_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return infinity | infinity >> 1;
  const double size = std::abs(value);
  std::uint64_t below = 0;
  while (below < infinity && number_of(type, below + 1) <= size) ++below;
  if (below >= infinity) return sign | infinity;
  const double low = number_of(type, below);
  // Where the next would be if the exponents went on.
  const double step = below + 1 == infinity ? low - number_of(type, below - 1) : number_of(type, below + 1) - low;
  const double rest = (size - low) / step;
  const bool up = rest > 0.5 || (rest == 0.5 && (below & 1) != 0);
  return sign | (below + (up ? 1 : 0));
}

// Bits in the order of the numbers, -0 next to 0.
std::int64_t ordered(const ValueType& type, std::uint64_t bits) {
  const std::uint64_t sign = 1ULL << (8 * type.bytes - 1);
  const auto size = static_cast<std::int64_t>(bits & (sign - 1));
  return (bits & sign) != 0 ? -size : size;
}

// ---- Words

bool parse_integer(const std::string& word, std::uint64_t& bits) {
  const bool negative = word.starts_with('-');
  const char* begin = word.c_str() + (negative ? 1 : 0);
  char* end = nullptr;
  const int radix = std::string_view(begin).starts_with("0x") ? 16 : 10;
  const unsigned long long size = std::strtoull(begin, &end, radix);
  bits = negative ? 0 - size : size;
  return end != begin && *end == 0;
}

bool parse_value(const std::string& word, const ValueType& type, Value& value) {
  const std::uint64_t mask = type.bytes == 8 ? ~0ULL : (1ULL << (8 * type.bytes)) - 1;
  if (type.kind == ValueKind::kInteger || word.starts_with("0x")) {
    const bool correct = parse_integer(word, value.bits);
    value.bits &= mask;
    return correct;
  }
  char* end = nullptr;
  const double number = std::strtod(word.c_str(), &end);
  if (end == word.c_str() || *end != 0) return false;
  value.any_nan = std::isnan(number);
  if (type.kind == ValueKind::kDouble) {
    value.bits = value.any_nan ? 0x7ff8'0000'0000'0000U : std::bit_cast<std::uint64_t>(number);
  } else if (type.kind == ValueKind::kFloat) {
    value.bits = value.any_nan ? 0x7fc0'0000U : std::bit_cast<std::uint32_t>(std::strtof(word.c_str(), nullptr));
  } else {
    value.bits = nearest_16(number, type);
  }
  return true;
}

bool parse_type(const std::string& word, ValueType& type) {
  type.name = word;
  if (word == "f16")
    type = {word, ValueKind::kHalf, true, 2};
  else if (word == "bf16")
    type = {word, ValueKind::kBfloat, true, 2};
  else if (word == "f32")
    type = {word, ValueKind::kFloat, true, 4};
  else if (word == "f64")
    type = {word, ValueKind::kDouble, true, 8};
  else {
    if (word.size() < 2 || std::string_view("usb").find(word[0]) == std::string_view::npos) return false;
    const int bits = std::atoi(word.c_str() + 1);
    if (bits != 8 && bits != 16 && bits != 32 && bits != 64) return false;
    type = {word, ValueKind::kInteger, word[0] == 's', bits / 8};
  }
  return true;
}

bool parse_dimensions(const std::string& text, base::Dim3& out) {
  std::uint32_t parts[3] = {1, 1, 1};
  std::stringstream stream(text);
  std::string part;
  for (int i = 0; std::getline(stream, part, ','); ++i) {
    std::uint64_t value = 0;
    if (i == 3 || !parse_integer(part, value)) return false;
    parts[i] = static_cast<std::uint32_t>(value);
  }
  out = {parts[0], parts[1], parts[2]};
  return true;
}

// ---- Lines

class Reader {
 public:
  explicit Reader(OpcodeCase& result) : result_(result) {}

  // The line without "// "; false: see error.
  bool read(const std::string& line) {
    std::stringstream stream(line);
    std::string word;
    stream >> word;
    if (word == "launch") return read_launch(stream);
    if (word == "fault:") return static_cast<bool>(stream >> result_.fault) || fail("fault: needs a kind");
    if (word == "tolerance") return read_tolerance(stream);
    for (const auto& [name, role] : kRoles) {
      if (word == name) return read_parameter(stream, role);
    }
    if (!result_.title.empty()) result_.title += ' ';
    result_.title += line;
    return true;
  }

  std::string error;

 private:
  static constexpr std::pair<std::string_view, CaseParameter::Role> kRoles[] = {
      {"in", CaseParameter::Role::kIn},
      {"out", CaseParameter::Role::kOut},
      {"inout", CaseParameter::Role::kInOut},
      {"scalar", CaseParameter::Role::kScalar},
  };

  bool fail(std::string text) {
    error = std::move(text);
    return false;
  }

  bool read_launch(std::stringstream& stream) {
    std::string word;
    while (stream >> word) {
      const std::size_t equals = word.find('=');
      const std::string name = word.substr(0, equals), value = equals < word.size() ? word.substr(equals + 1) : "";
      std::uint64_t shared = 0;
      const bool correct = name == "grid"    ? parse_dimensions(value, result_.grid)
                           : name == "block" ? parse_dimensions(value, result_.block)
                                             : name == "shared" && parse_integer(value, shared);
      if (!correct) return fail("launch: expected grid=, block= or shared=, found " + word);
      if (name == "shared") result_.shared_bytes = static_cast<std::uint32_t>(shared);
    }
    return true;
  }

  bool read_tolerance(std::stringstream& stream) {
    std::string name, kind;
    double size = 0;
    if (!(stream >> name >> kind >> size)) return fail("tolerance: expected NAME: ulp|abs|relative SIZE");
    name.pop_back();
    for (CaseParameter& parameter : result_.parameters) {
      if (parameter.name != name) continue;
      parameter.tolerance.size = size;
      parameter.tolerance.kind = kind == "ulp"   ? Tolerance::Kind::kUlp
                                 : kind == "abs" ? Tolerance::Kind::kAbsolute
                                                 : Tolerance::Kind::kRelative;
      return kind == "ulp" || kind == "abs" || kind == "relative" || fail("tolerance: " + kind + "?");
    }
    return fail("tolerance: there is no parameter " + name + " above");
  }

  bool read_parameter(std::stringstream& stream, CaseParameter::Role role) {
    CaseParameter parameter;
    parameter.role = role;
    std::string type, word;
    if (!(stream >> parameter.name >> type) || !parameter.name.ends_with(':') || !parse_type(type, parameter.type)) {
      return fail("expected NAME: TYPE VALUES, found " + parameter.name + " " + type);
    }
    parameter.name.pop_back();
    bool after = role == CaseParameter::Role::kOut;
    while (stream >> word) {
      if (word == "->" && role == CaseParameter::Role::kInOut && !after) {
        after = true;
        continue;
      }
      Value value;
      if (!parse_value(word, parameter.type, value)) return fail(word + " is no value of type " + type);
      (after ? parameter.expected : parameter.before).push_back(value);
    }
    if (role == CaseParameter::Role::kInOut && parameter.before.size() != parameter.expected.size()) {
      return fail("inout " + parameter.name + ": not as many values behind '->' as before");
    }
    if (role == CaseParameter::Role::kScalar && parameter.before.size() != 1) return fail("a scalar has one value");
    result_.parameters.push_back(std::move(parameter));
    return true;
  }

  OpcodeCase& result_;
};

// The comment lines at the head of a file, continued ones joined.
std::vector<std::string> head_of(const std::string& text) {
  std::vector<std::string> lines;
  std::stringstream stream(text);
  std::string line;
  while (std::getline(stream, line) && line.starts_with("//")) {
    if (line.starts_with("//+") && !lines.empty()) {
      lines.back() += " " + line.substr(3);
    } else {
      lines.push_back(line.substr(line.starts_with("// ") ? 3 : 2));
    }
  }
  return lines;
}

}  // namespace

ReadCase read_opcode_case(const std::filesystem::path& path) {
  ReadCase read;
  read.result.path = path;
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  read.result.ptx = text.str();
  Reader reader(read.result);
  for (const std::string& line : head_of(read.result.ptx)) {
    if (!reader.read(line)) {
      read.error = path.filename().string() + ": " + reader.error + " (in \"" + line + "\")";
      return read;
    }
  }
  return read;
}

std::string text_of(const ValueType& type, std::uint64_t bits) {
  const std::string pattern = fmt::format("0x{:0{}x}", bits, 2 * type.bytes);
  if (type.kind != ValueKind::kInteger) return fmt::format("{:.17g} ({})", number_of(type, bits), pattern);
  const int unused = 64 - 8 * type.bytes;
  if (type.is_signed) return fmt::format("{} ({})", static_cast<std::int64_t>(bits << unused) >> unused, pattern);
  return fmt::format("{} ({})", bits, pattern);
}

bool matches(const ValueType& type, std::uint64_t got, const Value& expected, const Tolerance& tolerance) {
  const double number = number_of(type, got), wanted = number_of(type, expected.bits);
  if (expected.any_nan) return std::isnan(number);
  if (got == expected.bits) return true;
  if (tolerance.kind == Tolerance::Kind::kExact || std::isnan(number) || std::isnan(wanted)) return false;
  switch (tolerance.kind) {
    case Tolerance::Kind::kUlp:
      return static_cast<double>(std::abs(ordered(type, got) - ordered(type, expected.bits))) <= tolerance.size;
    case Tolerance::Kind::kAbsolute:
      return std::abs(number - wanted) <= tolerance.size;
    default:
      return std::abs(number - wanted) <= tolerance.size * std::abs(wanted);
  }
}

}  // namespace warpscope::tests
