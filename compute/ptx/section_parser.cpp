#include "compute/ptx/section_parser.h"

namespace warpscope::ptx {
namespace {

class SectionParser {
 public:
  SectionParser(Reader& reader, Section& section) : reader_(reader), section_(section) {}

  bool parse() {
    while (!reader_.accept(mark("}"))) {
      if (reader_.accept(mark(";"))) continue;
      if (reader_.at(TokenKind::kWord)) {
        if (!parse_label()) return false;
      } else if (!parse_values()) {
        return false;
      }
    }
    resolve_differences();
    return true;
  }

 private:
  bool parse_label() {
    const Token name = reader_.take();
    if (!reader_.expect(mark(":"), "':' after a label")) return false;
    if (section_.labels.emplace(name.text, section_.bytes.size()).second) return true;
    return reader_.error(name.where, "the label '" + std::string(name.text) + "' is already in this section");
  }

  // ".b8 1, 2, 3"
  bool parse_values() {
    const auto type = reader_.at(TokenKind::kDirective) ? find_type(reader_.peek().text) : std::nullopt;
    if (!type || bits_of(*type) < 8 || bits_of(*type) > 64)
      return reader_.unexpected("a label, .b8, .b16, .b32, .b64 or '}'");
    reader_.take();
    do {
      if (!parse_value(bytes_of(*type))) return false;
    } while (reader_.accept(mark(",")));
    return true;
  }

  // "5", "-1", "label", ".debug_str + 8", "end - begin"
  bool parse_value(int size_bytes) {
    Fixup fixup;
    fixup.offset = section_.bytes.size();
    fixup.size_bytes = size_bytes;
    std::uint64_t sum = 0;
    bool negative = reader_.accept(mark("-"));
    do {
      if (!parse_term(fixup, sum, negative)) return false;
      negative = reader_.at(mark("-"));
    } while (reader_.accept(mark("-")) || reader_.accept(mark("+")));
    fixup.addend = static_cast<std::int64_t>(sum);
    const bool is_number = fixup.symbol.empty() && fixup.minus.empty();
    for (int i = 0; i < size_bytes; ++i) {
      section_.bytes.push_back(is_number ? static_cast<std::uint8_t>(sum >> (8 * i)) : std::uint8_t{0});
    }
    if (!is_number) section_.fixups.push_back(std::move(fixup));
    return true;
  }

  bool parse_term(Fixup& fixup, std::uint64_t& sum, bool negative) {
    if (reader_.at(TokenKind::kInteger)) {
      const std::uint64_t value = reader_.take().value;
      sum += negative ? 0 - value : value;
      return true;
    }
    const bool is_section = reader_.at(TokenKind::kDirective);
    if (!is_section && !reader_.at(TokenKind::kWord)) return reader_.unexpected("a number, a label or a section");
    const Token name = reader_.take();
    std::string& place = negative ? fixup.minus : fixup.symbol;
    if (!place.empty()) return reader_.error(name.where, "expected at most one label, or the difference of two");
    place = (is_section ? "." : "") + std::string(name.text);
    return true;
  }

  // Differences of labels of this section are plain numbers.
  void resolve_differences() {
    std::vector<Fixup> kept;
    for (Fixup& fixup : section_.fixups) {
      const auto from = section_.labels.find(fixup.minus);
      const auto to = section_.labels.find(fixup.symbol);
      if (fixup.minus.empty() || from == section_.labels.end() || to == section_.labels.end()) {
        kept.push_back(std::move(fixup));
        continue;
      }
      const std::uint64_t value = to->second - from->second + static_cast<std::uint64_t>(fixup.addend);
      for (int i = 0; i < fixup.size_bytes; ++i) {
        section_.bytes[fixup.offset + static_cast<std::uint64_t>(i)] = static_cast<std::uint8_t>(value >> (8 * i));
      }
    }
    section_.fixups = std::move(kept);
  }

  Reader& reader_;
  Section& section_;
};

}  // namespace

bool parse_section(ModuleContext& context) {
  Reader& reader = context.reader;
  if (!reader.at(TokenKind::kDirective)) return reader.unexpected("the name of a section, such as .debug_info");
  Section section;
  section.name = "." + std::string(reader.take().text);
  if (!reader.expect(mark("{"), "'{' after the name of a section")) return false;
  reader.brace_opened();
  if (!SectionParser(reader, section).parse()) return false;
  reader.brace_closed();
  context.module.sections.push_back(std::move(section));
  return true;
}

}  // namespace warpscope::ptx
