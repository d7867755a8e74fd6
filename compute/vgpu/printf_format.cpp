#include "compute/vgpu/printf_format.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdio>

namespace warpscope::vgpu {
namespace {

// Wider fields are cut: a kernel can ask for 2,147,483,647 blanks.
constexpr int kMaxField = 1 << 16;

struct Specifier {
  std::string flags;
  bool width_from_argument = false, precision_from_argument = false;
  int width = 0;
  int precision = -1;   // -1: none
  std::string length;   // "hh", "h", "l", "ll", "z", "j", "t", "L" or ""
  char type = 0;        // 0: the format ended before it
  std::size_t end = 0;  // behind it
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int read_number(std::string_view format, std::size_t& at) {
  int value = 0;
  for (; at < format.size() && is_digit(format[at]); ++at) value = std::min(value * 10 + (format[at] - '0'), kMaxField);
  return value;
}

bool take(std::string_view format, std::size_t& at, char c) {
  if (at >= format.size() || format[at] != c) return false;
  ++at;
  return true;
}

// The specifier whose '%' is at `at`.
Specifier parse_specifier(std::string_view format, std::size_t at) {
  Specifier spec;
  ++at;
  for (; at < format.size() && std::string_view("-+ #0").find(format[at]) != std::string_view::npos; ++at) {
    if (spec.flags.find(format[at]) == std::string::npos) spec.flags += format[at];
  }
  spec.width_from_argument = take(format, at, '*');
  if (!spec.width_from_argument) spec.width = read_number(format, at);
  if (take(format, at, '.')) {
    spec.precision_from_argument = take(format, at, '*');
    spec.precision = spec.precision_from_argument ? 0 : read_number(format, at);
  }
  for (; at < format.size() && std::string_view("hlLzjt").find(format[at]) != std::string_view::npos; ++at) {
    if (spec.length.size() < 2) spec.length += format[at];
  }
  if (at < format.size()) spec.type = format[at++];
  spec.end = at;
  return spec;
}

// Reads arguments in turn. After the last one that is allowed, or a failure, there are none.
class Arguments {
 public:
  explicit Arguments(const ReadArgument& read) : read_(read) {}

  std::optional<std::uint64_t> next(std::uint32_t bytes) {
    offset_ = (offset_ + bytes - 1) / bytes * bytes;
    const std::optional<std::uint64_t> bits = read_(offset_, bytes);
    failed_ = failed_ || !bits;
    offset_ += bytes;
    ++count_;
    return bits;
  }
  bool has(int more) const { return count_ + more <= kMaxPrintfArguments; }
  int count() const { return count_; }
  bool failed() const { return failed_; }

 private:
  const ReadArgument& read_;
  std::uint32_t offset_ = 0;
  int count_ = 0;
  bool failed_ = false;
};

template <class T>
std::string print_with(const Specifier& spec, std::string_view length, T value) {
  std::string pattern = "%" + spec.flags + "*";
  if (spec.precision >= 0) pattern += ".*";
  pattern += length;
  pattern += spec.type;
  const auto print = [&](char* into, std::size_t size) {
    return spec.precision >= 0 ? std::snprintf(into, size, pattern.c_str(), spec.width, spec.precision, value)
                               : std::snprintf(into, size, pattern.c_str(), spec.width, value);
  };
  const int size = print(nullptr, 0);
  if (size < 0) return {};
  std::string out(static_cast<std::size_t>(size) + 1, '\0');
  print(out.data(), out.size());
  out.pop_back();
  return out;
}

bool is_wide(const Specifier& spec) {
  return !spec.length.empty() && spec.length[0] != 'h' && spec.length[0] != 'L';
}

std::string print_integer(const Specifier& spec, std::uint64_t bits) {
  const bool is_signed = spec.type == 'd' || spec.type == 'i';
  auto value = static_cast<long long>(bits);
  if (spec.length == "hh") {
    value = is_signed ? static_cast<std::int8_t>(bits) : static_cast<std::uint8_t>(bits);
  } else if (spec.length == "h") {
    value = is_signed ? static_cast<std::int16_t>(bits) : static_cast<std::uint16_t>(bits);
  } else if (!is_wide(spec)) {
    value = is_signed ? static_cast<long long>(static_cast<std::int32_t>(bits)) : static_cast<std::uint32_t>(bits);
  }
  return print_with(spec, "ll", value);
}

// One argument as the specifier says; its bits are read already.
std::optional<std::string> print_value(const Specifier& spec, std::uint64_t bits, const ReadText& read_text) {
  switch (spec.type) {
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X':
      return print_integer(spec, bits);
    case 'c':
      return print_with(spec, "", static_cast<int>(static_cast<unsigned char>(bits)));
    case 'p':
      return print_with(spec, "", reinterpret_cast<const void*>(static_cast<std::uintptr_t>(bits)));
    case 's': {
      if (bits == 0) return print_with(spec, "", "(null)");
      const std::optional<std::string> text = read_text(bits);
      if (!text) return std::nullopt;
      return print_with(spec, "", text->c_str());
    }
    default:
      return print_with(spec, "", std::bit_cast<double>(bits));
  }
}

std::uint32_t argument_bytes(const Specifier& spec) {
  if (std::string_view("eEfFgGaAsp").find(spec.type) != std::string_view::npos) return 8;
  return is_wide(spec) && spec.type != 'c' ? 8 : 4;
}

void take_star_fields(Specifier& spec, Arguments& arguments) {
  if (spec.width_from_argument) {
    const auto width = static_cast<std::int32_t>(arguments.next(4).value_or(0));
    if (width < 0) spec.flags += '-';
    spec.width = std::clamp(width, -kMaxField, kMaxField);
    spec.width = std::abs(spec.width);
  }
  if (spec.precision_from_argument) {
    const auto precision = static_cast<std::int32_t>(arguments.next(4).value_or(0));
    spec.precision = precision < 0 ? -1 : std::min(precision, kMaxField);
  }
}

bool is_conversion(char type) {
  return type != 0 && std::string_view("diouxXcspeEfFgGaA").find(type) != std::string_view::npos;
}

}  // namespace

std::optional<Printed> format_printf(std::string_view format, const ReadArgument& argument, const ReadText& text) {
  Printed out;
  Arguments arguments(argument);
  for (std::size_t at = 0; at < format.size();) {
    const std::size_t percent = std::min(format.find('%', at), format.size());
    out.text += format.substr(at, percent - at);
    if (percent == format.size()) break;
    Specifier spec = parse_specifier(format, percent);
    at = spec.end;
    if (spec.type == '%') {
      out.text += '%';
      continue;
    }
    const int needed = 1 + (spec.width_from_argument ? 1 : 0) + (spec.precision_from_argument ? 1 : 0);
    if (!is_conversion(spec.type) || !arguments.has(needed)) {
      out.text += format.substr(percent, at - percent);
      continue;
    }
    take_star_fields(spec, arguments);
    const std::optional<std::uint64_t> bits = arguments.next(argument_bytes(spec));
    if (arguments.failed()) return std::nullopt;
    const std::optional<std::string> value = print_value(spec, *bits, text);
    if (!value) return std::nullopt;
    out.text += *value;
  }
  out.arguments = arguments.count();
  return out;
}

}  // namespace warpscope::vgpu
